#include "nodetools/mysql_client.h"

#include "base/text.h"

namespace tanist::nodetools {

namespace {

// The batch format: columns behind tabs, with these four written as two characters.
std::string unescaped(std::string_view cell) {
  std::string plain;
  for (size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] != '\\' || i + 1 == cell.size()) {
      plain += cell[i];
      continue;
    }
    char c = cell[++i];
    plain += c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
  }
  return plain;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> all = split(line, '\t');
  for (std::string& cell : all) cell = unescaped(cell);
  return all;
}

Error client_error(const std::string& said, int code) {
  // MariaDB's client shows the statement before its error.
  size_t error = said.find("ERROR ");
  std::string text(trim(error == std::string::npos ? said : said.substr(error)));
  if (text.empty()) text = "mysql ended with code " + std::to_string(code);
  return {Errc::refused, text};
}

// The session's input goes through `cat`. When that ends, with us or because we say so, the last words
// follow: they need no living process of ours. The words are an argument and no part of the script.
constexpr const char* kWithLastWords = R"(words=$1; shift; { cat; printf '%s\n' "$words"; } | "$@")";

}  // namespace

sys::Task<Result<MysqlClient>> MysqlClient::open(NodeWorld& world, ClientPlace place, MysqlLogin login,
                                                 std::string workdir) {
  auto program = co_await find_mysql(world, std::move(place));
  if (!program) co_return fail(program.error());
  auto file = LoginFile::write(world.files, workdir, login);
  if (!file) co_return fail(file.error());
  program->environment["MYSQL_TEST_LOGIN_FILE"] = file->no_login_path();
  co_return MysqlClient(world, std::move(*program), std::move(*file));
}

sys::ProcessSpec MysqlClient::spec(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), login_.argument());
  return program_.spec(std::move(arguments));
}

sys::Task<Result<std::string>> MysqlClient::run(std::string sql) const {
  sys::ProcessSpec spec = this->spec({"--batch", "--skip-column-names"});
  spec.stdin_text = std::move(sql);
  spec.deadline = world_->clock.now() + kAnswerWithin;
  auto result = co_await world_->processes.run(std::move(spec));
  if (!result) co_return fail(result.error());
  if (!result->status.ok()) co_return fail(client_error(result->errors, result->status.code));
  co_return result->output;
}

Result<MysqlConversation> MysqlConversation::start(const MysqlClient& client, std::string last_words) {
  // Rows come as soon as they are there: --unbuffered.
  sys::ProcessSpec spec = client.spec({"--batch", "--unbuffered"});
  if (!last_words.empty()) {
    std::vector<std::string> shell{"sh", "-c", kWithLastWords, "sh", std::move(last_words)};
    spec.argv.insert(spec.argv.begin(), shell.begin(), shell.end());
  }
  spec.deadline = client.world().clock.now() + kWorkWithin;
  auto child = client.world().processes.start(std::move(spec));
  if (!child) return fail(child.error());
  return MysqlConversation(client.world(), std::move(*child));
}

sys::Task<Error> MysqlConversation::ended(std::string doing) {
  child_->close_stdin();
  sys::ExitStatus status = co_await child_->wait(world_->clock.now() + std::chrono::seconds(10));
  co_return client_error(child_->errors(), status.code).during(doing);
}

sys::Task<Result<mysql::Rows>> MysqlConversation::ask(std::string sql, Duration within) {
  TimePoint deadline = world_->clock.now() + within;
  const std::string end = "tanist_end_" + std::to_string(++asked_);
  std::string text = sql + ";\nSELECT 1 AS " + end + ";\n";
  Status written = co_await child_->write(std::move(text), deadline);
  if (!written) co_return fail(co_await ended(sql));
  mysql::Rows rows;
  for (bool last = false;;) {
    auto line = co_await child_->read_line(deadline);
    if (!line && line.error().code == Errc::timeout) co_return fail(line.error().during(sql));
    if (!line) co_return fail(co_await ended(sql));
    if (last) co_return rows;
    if (*line == end) {
      last = true;  // its value is still to come
    } else if (rows.columns.empty()) {
      rows.columns = cells(*line);
    } else {
      auto& row = rows.rows.emplace_back();
      for (std::string& cell : cells(*line)) row.emplace_back(std::move(cell));
    }
  }
}

sys::Task<Result<std::string>> MysqlConversation::ask_value(std::string sql, Duration within) {
  auto rows = co_await ask(std::move(sql), within);
  if (!rows) co_return fail(rows.error());
  if (rows->rows.empty() || !rows->rows[0].back()) co_return std::string();
  co_return *rows->rows[0].back();
}

sys::Task<Status> MysqlConversation::finish() {
  child_->close_stdin();
  sys::ExitStatus status = co_await child_->wait(world_->clock.now() + kAnswerWithin);
  if (status.ok()) co_return Status{};
  co_return fail(client_error(child_->errors(), status.code));
}

}  // namespace tanist::nodetools

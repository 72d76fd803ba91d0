#include "nodetools/apply_files.h"

#include <ctime>
#include <fstream>

#include "base/text.h"
#include "nodetools/log_output.h"
#include "nodetools/super_read_only.h"
#include "sys/temporary_directory.h"

namespace tanist::nodetools {

namespace {

constexpr size_t kLinesShown = 200;

class Apply {
 public:
  Apply(NodeWorld& world, ApplyRequest request) : world_(world), request_(std::move(request)) {}
  sys::Task<Status> run();

 private:
  Status check_files();
  Status join_logs();
  Status join_texts();
  sys::Task<Status> make_text();
  sys::Task<Status> feed(const MysqlClient& client);
  sys::Task<Status> apply();
  Status report_failure(const std::string& said, const sys::ExitStatus& status, const std::string& text_file);
  std::string error_log() const;

  NodeWorld& world_;
  ApplyRequest request_;
  bool nothing_ = false;  // the files hold no event
  std::string log_;       // raw: the one log to apply
  std::optional<sys::TemporaryDirectory> work_;
};

std::string local_time(WallTime now) {
  std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &parts);
  return text;
}

std::string last_lines(const std::string& text, size_t count) {
  size_t at = text.size();
  for (size_t line = 0; line <= count && at > 0 && at != std::string::npos; ++line)
    at = text.rfind('\n', at - 1);
  return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

Status Apply::check_files() {
  if (request_.files.empty()) return fail(Errc::invalid, "--apply_files is missing");
  for (const std::string& path : request_.files)
    if (auto facts = world_.files.facts(path); !facts) return fail(facts.error());
  return {};
}

// The joined file also when there is only one, if a transaction without its end had to be cut off.
Status Apply::join_logs() {
  auto logs = open_logs(request_.files);
  if (!logs) return fail(logs.error());
  auto extract = extract_logs(*logs, 0, Tail::whole_transactions);
  if (!extract) return fail(extract.error());
  for (const std::string& note : extract->notes) world_.out << "Note: " << note << "\n";
  if (extract->damage) return fail(extract->damage->error().during("nothing is applied"));
  nothing_ = !extract->has_events;
  bool as_it_is = request_.files.size() == 1 && extract->notes.empty();
  log_ = as_it_is ? request_.files[0]
                  : request_.workdir + "/total_binlog_for_" + request_.target + "." + request_.timestamp +
                        ".binlog";
  if (as_it_is) return {};
  auto written = write_extract(*extract, log_);
  if (!written) return fail(written.error());
  world_.out << "All apply files are joined in " << log_ << ", " << *written << " bytes.\n";
  return {};
}

Status Apply::join_texts() {
  std::ofstream out(work_->file("all.sql"), std::ios::binary);
  for (const std::string& path : request_.files) {
    std::ifstream in(path, std::ios::binary);
    if (in.peek() != std::ifstream::traits_type::eof()) out << in.rdbuf();
    if (!in.is_open() || in.bad()) return fail(Errc::io, "read " + path);
  }
  out.close();
  return out ? Status{} : fail(Errc::io, "write " + work_->file("all.sql"));
}

// The whole text before the first statement: a log that mysqlbinlog cannot read to its end changes nothing.
sys::Task<Status> Apply::make_text() {
  if (!request_.raw) co_return join_texts();
  auto program = co_await find_mysqlbinlog(world_, request_.clients);
  if (!program) co_return fail(program.error());
  LogPiece piece{log_};
  std::string text = work_->file("all.sql");
  co_return co_await write_sql_text(world_, *program, request_.sql, piece, text);
}

std::string Apply::error_log() const {
  std::string time = request_.timestamp == "0" ? local_time(world_.clock.wall_now()) : request_.timestamp;
  return request_.workdir + "/relay_log_apply_for_" + request_.target + "_" + time + "_err.log";
}

Status Apply::report_failure(const std::string& said, const sys::ExitStatus& status,
                             const std::string& text_file) {
  // The line numbers in what mysql says are those of this text.
  std::string kept = error_log() + ".sql";
  if (Status moved = world_.files.rename(text_file, kept); !moved)
    kept = "(not kept: " + moved.error().what + ")";
  world_.out << last_lines(said, kLinesShown);
  return fail(Errc::refused,
              "applying to " + request_.login.host + ":" + std::to_string(request_.login.port) +
                  " failed with " + std::to_string(status.code) + ":" + std::to_string(status.signal) +
                  ", see " + error_log() +
                  "; transactions before the failing statement are applied, the statements are in " + kept,
              kClientFailed);
}

sys::Task<Status> Apply::feed(const MysqlClient& client) {
  std::vector<std::string> arguments{"--max-allowed-packet=1G"};
  if (has_binary_mode(client.program().version)) arguments.push_back("--binary-mode");
  sys::ProcessSpec spec = client.spec(std::move(arguments));
  std::string text = work_->file("all.sql");
  spec.stdin_file = text;
  spec.deadline = world_.clock.now() + kWorkWithin;
  auto result = co_await world_.processes.run(std::move(spec));
  if (!result) co_return fail(result.error());
  std::string said = result->output + result->errors;
  Status logged = world_.files.replace(error_log(), said, 0600);
  if (!logged) world_.err << logged.error().what << "\n";
  if (!result->status.ok()) co_return report_failure(said, result->status, text);
  co_return Status{};
}

sys::Task<Status> Apply::apply() {
  auto work = sys::TemporaryDirectory::make(request_.workdir, ".apply_diff_relay_logs-");
  if (!work) co_return fail(work.error());
  work_.emplace(std::move(*work));
  Status made = co_await make_text();
  if (!made) co_return fail(made.error().during("nothing is applied"));
  std::string workdir = work_->path();
  auto client = co_await MysqlClient::open(world_, request_.clients, request_.login, workdir);
  if (!client) co_return fail(client.error());
  world_.signals_held = true;
  auto lifted = co_await lift_super_read_only(*client);
  if (!lifted) co_return fail(lifted.error());
  world_.out << "Applying to " << request_.target << " ..\n" << std::flush;
  Status fed = co_await feed(*client);
  if (*lifted) {
    Status restored = co_await restore_super_read_only(*client);
    if (!restored && fed) co_return fail(restored.error().during("all is applied, but"));
    if (!restored) world_.err << restored.error().what << "\n";
  }
  co_return fed;
}

sys::Task<Status> Apply::run() {
  if (Status there = check_files(); !there) co_return there;
  if (request_.raw)
    if (Status joined = join_logs(); !joined) co_return joined;
  if (request_.no_apply) co_return Status{};
  if (nothing_) {
    world_.out << "The apply files hold no event: nothing is missing.\n";
    co_return Status{};
  }
  co_return co_await apply();
}

}  // namespace

sys::Task<Status> apply_files(NodeWorld& world, ApplyRequest request) {
  Apply apply(world, std::move(request));
  co_return co_await apply.run();
}

}  // namespace tanist::nodetools

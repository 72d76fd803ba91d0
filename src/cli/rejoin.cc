// `tanist rejoin`: a primary that was replaced becomes a replica, by a running `tanist run` or without one.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/options.h"
#include "base/text.h"
#include "cli/commands.h"
#include "daemon/rejoiner.h"
#include "daemon/run.h"
#include "http/target.h"
#include "store/sqlite_journal.h"

namespace tanist::cli {

namespace json = boost::json;
using daemon::RejoinWord;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRejoinLimit = 150s;  // longer than `tanist run` tries

struct Asked {
  std::string cluster, file;  // one of them, or none: the only cluster there is
  std::string server;         // HOST or HOST:PORT
  RejoinWord word = RejoinWord::rejoin;
};

std::string text_of(const std::string& body, const char* member) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  const json::value* text = !error && value.is_object() ? value.as_object().if_contains(member) : nullptr;
  return text && text->is_string() ? std::string(text->as_string().data(), text->as_string().size()) : body;
}

// The one cluster that `tanist run` keeps.
sys::Task<Result<std::string>> only_cluster(World& world, std::string socket) {
  auto answer = co_await world.ask(std::move(socket), "GET", "/v1/clusters", "", world.outside.clock.now() + 10s);
  if (!answer) co_return fail(answer.error());
  boost::system::error_code error;
  const json::value all = json::parse(answer->body, error);
  if (error || !all.is_array()) co_return fail(Errc::invalid, answer->body);
  if (all.as_array().size() == 1) {
    const json::string& name = all.as_array().front().at("name").as_string();
    co_return std::string(name.data(), name.size());
  }
  co_return fail(Errc::invalid, fmt::format("`tanist run` keeps {} clusters: say which one: tanist rejoin CLUSTER HOST", all.as_array().size()));
}

sys::Task<Result<std::string>> by_daemon(World& world, std::string socket, Asked asked) {
  std::string cluster = asked.file.empty() ? asked.cluster : config::app_name(asked.file);
  if (cluster.empty()) {
    auto only = co_await only_cluster(world, socket);
    if (!only) co_return fail(only.error());
    cluster = *only;
  }
  std::string target = fmt::format("/v1/clusters/{}/servers/{}/rejoin", http::escape(cluster), http::escape(asked.server));
  std::string body = asked.word == RejoinWord::discard_extra ? R"({"discard_extra": true})" : "";
  const TimePoint deadline = world.outside.clock.now() + kRejoinLimit;
  auto answer = co_await world.ask(std::move(socket), "POST", std::move(target), std::move(body), deadline);
  if (!answer) co_return fail(answer.error());
  if (answer->status == 200) co_return text_of(answer->body, "sentence");
  co_return fail(Errc::refused, text_of(answer->body, "error"));
}

sys::Task<Result<std::string>> alone(World& world, const Options& options, Asked asked) {
  manager::Outside& outside = world.outside;
  const std::string path = options.text("state_dir") + "/" + store::kJournalFile;
  auto facts = outside.files.facts(path);
  if (!facts) co_return fail(facts.error().code, path + ": there is no such file: has `tanist run` worked in that directory?");
  config::LoadRequest request{asked.file, options.text("global_conf")};
  auto config = co_await config::load_cluster(outside.config, std::move(request));
  if (!config) co_return fail(Errc::invalid, config.error().text());
  auto journal = outside.open_journal(path);
  if (!journal) co_return fail(journal.error());
  auto memory = outside.open_memory(path);
  if (!memory) co_return fail(memory.error());
  outside.open_journal = [journal = *journal](const std::string&) { return journal; };
  const size_t colon = asked.server.rfind(':');
  const auto port = colon == asked.server.npos ? std::nullopt : parse_uint(asked.server.substr(colon + 1));
  std::optional<uint16_t> number;
  if (port && *port <= 65535) number = static_cast<uint16_t>(*port);
  std::string host = number ? asked.server.substr(0, colon) : asked.server;
  auto done = co_await daemon::rejoin_alone(outside, **memory, std::move(*config), std::move(host), number, asked.word);
  co_return done;
}

}  // namespace

sys::Task<int> rejoin(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {
      {"state_dir", OptionKind::text, "/var/lib/tanist", "DIR", "the state directory of `tanist run`"},
      {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications, when no `tanist run` runs"},
      {"discard_extra", OptionKind::flag, "", "",
       "also if it has transactions that nobody else has, where these can be dropped and leave nothing behind"}};
  static constexpr std::string_view kExamples[] = {"tanist rejoin db1", "tanist rejoin app1 db1 --discard_extra",
                                                   "tanist rejoin /etc/masterha/app1.cnf db1"};
  const CommandTable table{.name = "tanist rejoin",
                           .usage = "[CLUSTER|FILE] HOST[:PORT] [options]",
                           .summary = "A primary that was replaced becomes a replica of the one that replaced it. With FILE also "
                                      "while no `tanist run` runs.",
                           .rows = kRows,
                           .examples = kExamples,
                           .unknown_options = Unknown::error,
                           .extra_words = Unknown::collect};
  CommandLine line = read_command_line(table, args);
  world.outside.out(line.out);
  world.outside.err(line.err);
  if (line.exit_code) co_return *line.exit_code == 0 ? 0 : 2;
  const std::vector<std::string>& words = line.options.words();
  if (words.empty() || words.size() > 2) {
    world.outside.err("tanist rejoin: which server?\n" + help_text(table));
    co_return 2;
  }
  Asked asked;
  asked.server = words.back();
  if (words.size() == 2) (words.front().find_first_of("/.") == std::string::npos ? asked.cluster : asked.file) = words.front();
  if (line.options.flag("discard_extra")) asked.word = RejoinWord::discard_extra;
  std::string socket = line.options.text("state_dir") + "/" + daemon::kSocketFile;
  auto done = co_await by_daemon(world, std::move(socket), asked);
  const bool nobody = !done && done.error().code == Errc::not_found;
  if (nobody && !asked.file.empty()) done = co_await alone(world, line.options, asked);
  if (done) {
    world.outside.out(*done + "\n");
    co_return 0;
  }
  const bool hint = nobody && asked.file.empty();
  world.outside.err(done.error().what + (hint ? ": is `tanist run` running? Without it name the cluster's FILE." : "") + "\n");
  co_return 1;
}

}  // namespace tanist::cli

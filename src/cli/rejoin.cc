// `tanist rejoin`: a primary that was replaced becomes a replica, by a running `tanist run` or without one.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/kept.h"
#include "cli/verb.h"
#include "config/server_name.h"
#include "daemon/rejoiner.h"
#include "http/target.h"

namespace tanist::cli {

namespace json = boost::json;
using daemon::RejoinWord;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRejoinLimit = 150s;  // longer than `tanist run` tries

struct Asked {
  std::string where;   // CLUSTER or FILE; empty: the only cluster there is
  std::string server;  // HOST or HOST:PORT
  RejoinWord word = RejoinWord::rejoin;
};

// The one cluster that `tanist run` keeps.
sys::Task<Result<std::string>> only_cluster(World& world, const Options& options) {
  Question question{"GET", "/v1/clusters"};
  auto answer = co_await ask(world, options, std::move(question));
  if (!answer && answer.error().code == Errc::not_found)
    co_return fail(Errc::not_found, answer.error().what + " Without it name the cluster's FILE.");
  if (!answer) co_return fail(answer.error());
  const json::value all = json::parse(*answer);
  if (all.as_array().size() == 1) co_return text_of(all.as_array().front().at("name"));
  co_return fail(Errc::invalid, fmt::format("`tanist run` keeps {} clusters: say which one: tanist rejoin CLUSTER HOST", all.as_array().size()));
}

sys::Task<Result<std::string>> by_daemon(World& world, const Options& options, std::string cluster, Asked asked) {
  Question question{"POST", of_cluster(cluster, fmt::format("/servers/{}/rejoin", http::escape(asked.server))),
                    asked.word == RejoinWord::discard_extra ? R"({"discard_extra": true})" : "", kRejoinLimit};
  auto answer = co_await ask(world, options, std::move(question));
  if (!answer) co_return fail(answer.error());
  co_return member(*answer, "sentence");
}

sys::Task<Result<std::string>> alone(World& world, const Options& options, Asked asked) {
  manager::Outside& outside = world.outside;
  const auto server = config::server_name(asked.server);
  if (!server) co_return fail(Errc::invalid, asked.server + " is not HOST or HOST:PORT");
  auto path = state_file(outside, options);
  if (!path) co_return fail(path.error());
  config::LoadRequest request{asked.where, options.text("global_conf")};
  auto config = co_await config::load_cluster(outside.config, std::move(request));
  if (!config) co_return fail(Errc::invalid, config.error().text());
  auto journal = outside.open_journal(*path);
  if (!journal) co_return fail(journal.error());
  auto memory = outside.open_memory(*path);
  if (!memory) co_return fail(memory.error());
  outside.open_journal = [journal = *journal](const std::string&) { return journal; };
  auto done = co_await daemon::rejoin_alone(outside, **memory, std::move(*config), server->host, server->port, asked.word);
  co_return done;
}

sys::Task<Result<std::string>> rejoined(World& world, const Options& options, Asked asked) {
  Result<std::optional<std::string>> cluster = std::nullopt;
  if (asked.where.empty()) {
    auto only = co_await only_cluster(world, options);
    if (!only) co_return fail(only.error());
    cluster = std::move(*only);
  } else {
    std::string where = asked.where;
    cluster = co_await kept_cluster(world, options, std::move(where));
  }
  if (!cluster) co_return fail(cluster.error());
  if (*cluster) {
    auto done = co_await by_daemon(world, options, **cluster, std::move(asked));
    co_return done;
  }
  auto done = co_await alone(world, options, std::move(asked));
  co_return done;
}

}  // namespace

sys::Task<int> rejoin(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {
      kStateDir, kGlobal,
      {"discard_extra", OptionKind::flag, "", "",
       "also if it has transactions that nobody else has, where these can be dropped and leave nothing behind"},
      kJson};
  static constexpr std::string_view kExamples[] = {"tanist rejoin db1", "tanist rejoin app1 db1 --discard_extra",
                                                   "tanist rejoin /etc/masterha/app1.cnf db1"};
  const CommandTable table{.name = "tanist rejoin",
                           .usage = "[CLUSTER|FILE] HOST[:PORT] [options]",
                           .summary = "A primary that was replaced becomes a replica of the one that replaced it. With FILE also "
                                      "while no `tanist run` runs.",
                           .rows = kRows,
                           .examples = kExamples};
  auto options = begin(table, args, {1, 2, "which server?"}, world.outside);
  if (!options) co_return options.error();
  const std::vector<std::string>& words = options->words();
  Asked asked{words.size() == 2 ? words.front() : "", words.back()};
  if (options->flag("discard_extra")) asked.word = RejoinWord::discard_extra;
  auto done = co_await rejoined(world, *options, std::move(asked));
  if (options->flag("json")) {
    const json::object out{{"member", done.has_value()}, {"sentence", done ? *done : done.error().what}};
    world.outside.out(json::serialize(out) + "\n");
    co_return done ? 0 : 1;
  }
  if (!done) co_return failed(world.outside, done.error().what);
  world.outside.out(*done + "\n");
  co_return 0;
}

}  // namespace tanist::cli

// `tanist switchover`: makes another server the primary while the current one lives, through `tanist run` where that keeps the
// cluster; the old primary becomes a replica unless told otherwise.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/commands.h"
#include "cli/kept.h"
#include "cli/open.h"
#include "cli/verb.h"
#include "compat/switch_command.h"
#include "daemon/orders.h"
#include "daemon/result_json.h"
#include "manager/recovery_options.h"

namespace tanist::cli {

namespace {

std::vector<OptionRow> rows() {
  std::vector<OptionRow> all = {kGlobal, kStateDir};
  const std::vector<OptionRow> policy = manager::switch_policy_rows();
  all.insert(all.end(), policy.begin(), policy.end());
  all.push_back({"dry_run|dry-run", OptionKind::flag, "", "", "print what would be done and change nothing"});
  all.push_back({"json", OptionKind::flag, "", "", "print JSON on stdout; needs --yes or --dry-run"});
  all.push_back({"yes", OptionKind::flag, "", "", "do not ask before the switch"});
  return all;
}
constexpr std::string_view kExamples[] = {"tanist switchover app1 --dry-run", "tanist switchover /etc/masterha/app1.cnf --to db2 --yes"};

constexpr ExitRow kExits[] = {
    {"0", "switched, all replicas follow the new primary; with --dry-run: it could be"},
    {"1", "refused, declined or undone: the primary is who it was"},
    {"2", "wrong usage"},
    {"10", "the new primary takes writes, but something is left to repair"},
};

int exit_code_of(const std::string& result) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(result, error);
  return error ? 1 : static_cast<int>(value.at("exit_code").as_int64());
}

// "server2 is the primary now; nobody could write for 169 ms."
std::string sentence_of(const std::string& result) {
  const boost::json::value value = boost::json::parse(result);
  const boost::json::value* blocked = value.as_object().if_contains("writes_blocked_ms");
  const std::string how_long = blocked ? fmt::format("; nobody could write for {} ms", blocked->as_int64()) : "";
  return member(result, "new_primary") + " is the primary now" + how_long + ".\n";
}

sys::Task<int> by_daemon(World& world, const Options& options, std::string cluster) {
  manager::Outside& outside = world.outside;
  const bool as_json = options.flag("json");
  if (options.flag("dry_run") || !options.flag("yes")) {
    Question rehearsal{"POST", of_cluster(cluster, "/switchover"), daemon::switch_order_of(options, true)};
    auto would = co_await asked(world, options, std::move(rehearsal));
    if (!would) co_return 1;
    outside.out(as_json ? *would : member(*would, "text"));
    const int code = exit_code_of(*would);
    if (code != 0) outside.err(member(*would, "why") + "\n");
    if (options.flag("dry_run") || code != 0) co_return code;
    if (!confirmed(outside, "Starting this switch?")) co_return failed(outside, "Not typed yes. Stopping: nothing was changed.");
  }
  std::string body = daemon::switch_order_of(options, false);
  auto result = co_await order(world, options, std::move(cluster), "switchover", std::move(body));
  if (!result) co_return failed(outside, result.error().what);
  const int code = exit_code_of(*result);
  if (as_json) outside.out(*result);
  if (!as_json && code != 1) outside.out(sentence_of(*result));
  if (!as_json && code != 0) outside.err(member(*result, "why") + "\n");
  co_return code;
}

sys::Task<int> alone(Options options, plan::SwitchPolicy policy, manager::Outside& outside) {
  const bool as_json = options.flag("json"), changes = !options.flag("dry_run");
  auto opened = co_await open_file(std::move(options), outside, changes);
  if (!opened) co_return opened.error();
  compat::SwitchCommand command;
  command.policy = std::move(policy);
  command.check_only = !changes;
  command.interactive = changes && !opened->options.flag("yes");
  auto result = co_await compat::run_switch_command(*opened->cluster, std::move(command));
  if (as_json) outside.out(daemon::json_of(result));
  if (!as_json && !changes) outside.out(daemon::text_of(result));
  co_return result.exit_code;
}

}  // namespace

sys::Task<int> switchover(std::vector<std::string> args, World& world) {
  static const std::vector<OptionRow> kRows = rows();
  const CommandTable table{.name = "tanist switchover",
                           .usage = "CLUSTER|FILE [options]",
                           .summary = "Makes another server the primary while the current one lives, and the old one its "
                                      "replica. Whatever fails before the new one takes writes is undone.",
                           .rows = kRows,
                           .examples = kExamples,
                           .exits = kExits};
  auto options = begin(table, args, {1, 1, "exactly one cluster or configuration file is needed."}, world.outside);
  if (!options) co_return options.error();
  auto policy = manager::switch_policy(*options);
  const bool asks = !options->flag("yes") && !options->flag("dry_run");
  if (!policy || (options->flag("json") && asks)) {
    world.outside.err(policy ? "--json asks no questions: say --yes or --dry-run with it.\n" : policy.error().what + "\n");
    co_return 2;
  }
  std::string word = options->words().front();
  auto cluster = co_await kept_cluster(world, *options, std::move(word));
  if (!cluster) co_return failed(world.outside, cluster.error().what);
  if (*cluster) {
    const int code = co_await by_daemon(world, *options, **cluster);
    co_return code;
  }
  const int code = co_await alone(std::move(*options), std::move(*policy), world.outside);
  co_return code;
}

}  // namespace tanist::cli

// `tanist failover`: replaces a dead primary now, by the plan that `tanist plan` prints; through `tanist run` where that keeps
// the cluster.
#include <boost/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/kept.h"
#include "cli/open.h"
#include "cli/verb.h"
#include "compat/failover_command.h"
#include "compat/failover_options.h"
#include "daemon/orders.h"
#include "daemon/result_json.h"
#include "http/target.h"
#include "manager/recovery_options.h"

namespace tanist::cli {

using namespace std::chrono_literals;

namespace {

std::vector<OptionRow> rows() {
  std::vector<OptionRow> all = compat::failover_rows();
  all.push_back(kStateDir);
  all.push_back({"dead", OptionKind::text, "", "HOST", "the dead primary; found from the replicas when not given"});
  all.push_back({"json", OptionKind::flag, "", "", "print JSON on stdout; needs --yes or --dry_run"});
  all.push_back({"yes", OptionKind::flag, "", "", "do not ask before fencing"});
  return all;
}

// Of a command that works alone: where it writes, and what it does with the file. (That the last failover is to be ignored is
// what an order to `tanist run` means anyway.)
constexpr std::string_view kAloneOnly[] = {"conf", "manager_workdir", "manager_log", "wait_on_failover_error", "remove_dead_master_conf"};

sys::Task<int> show_plan(World& world, const Options& options, std::string cluster) {
  std::string target = of_cluster(cluster, "/plan"), mark = "?";
  if (options.given("dead")) target += std::exchange(mark, "&") + "if_dies=" + http::escape(options.text("dead"));
  if (options.given("new_master_host")) target += mark + "new_primary=" + http::escape(options.text("new_master_host"));
  Question question{"GET", std::move(target)};
  auto answer = co_await asked(world, options, std::move(question));
  if (!answer) co_return 1;
  world.outside.out(options.flag("json") ? *answer : member(*answer, "text"));
  co_return member(*answer, "refused").empty() ? 0 : 1;
}

sys::Task<int> by_daemon(World& world, const Options& options, std::string cluster) {
  manager::Outside& outside = world.outside;
  for (std::string_view name : kAloneOnly) {
    if (!options.given(name)) continue;
    outside.err("--" + std::string(name) + " is not for a cluster that `tanist run` keeps.\n");
    co_return 2;
  }
  if (options.flag("dry_run") || !options.flag("yes")) {
    const int code = co_await show_plan(world, options, cluster);
    if (options.flag("dry_run") || code != 0) co_return code;
    if (!confirmed(outside, "Proceed?")) co_return failed(outside, "Not typed yes. Stopping: nothing was changed.");
  }
  std::string body = daemon::failover_order_of(options);
  auto result = co_await order(world, options, std::move(cluster), "failover", std::move(body));
  if (!result) co_return failed(outside, result.error().what);
  if (options.flag("json")) {
    outside.out(*result);
  } else {
    outside.out(member(*result, "report"));
    outside.err(member(*result, "why") + "\n");
  }
  co_return static_cast<int>(boost::json::parse(*result).at("exit_code").as_int64());
}

sys::Task<int> alone(Options given, manager::Outside& outside) {
  auto opened = co_await open_file(std::move(given), outside, true);
  if (!opened) co_return opened.error();
  const Options& options = opened->options;
  auto snapshot = co_await opened->cluster->observe(4s);
  std::optional<ServerId> dead = snapshot.primary;
  if (options.given("dead")) {
    auto named = manager::named_server(opened->cluster->config(), options.text("dead"));
    if (!named) outside.err(named.error().what + "\n");
    if (!named) co_return 2;
    dead = *named;
  }
  if (!dead)
    co_return failed(outside, "The replicas name no single primary. Say which one is dead with --dead=HOST.\n" + join(snapshot.problems, "\n"));
  compat::FailoverCommand command;
  command.dead_primary = *dead;
  command.cause = "asked for by hand";
  command.interactive = !options.flag("yes");
  auto result = co_await compat::run_failover_command(*opened->cluster, options, std::move(command));
  if (options.flag("json") && !options.flag("dry_run")) outside.out(daemon::json_of(result));
  co_return result.exit_code;
}

}  // namespace

sys::Task<int> failover(std::vector<std::string> args, World& world) {
  static const std::vector<OptionRow> kRows = rows();
  static constexpr std::string_view kExamples[] = {"tanist failover app1", "tanist failover /etc/masterha/app1.cnf --dry_run",
                                                   "tanist failover /etc/masterha/app1.cnf --dead=db1 --yes"};
  const CommandTable table{.name = "tanist failover",
                           .usage = "CLUSTER|FILE [options]",
                           .summary = "Fences a dead primary, brings every replica to the last event that can be had and promotes one.",
                           .rows = kRows,
                           .examples = kExamples};
  auto options = begin(table, args, {1, 1, "exactly one cluster or configuration file is needed."}, world.outside);
  if (!options) co_return options.error();
  if (options->flag("json") && !options->flag("yes") && !options->flag("dry_run")) {
    world.outside.err("--json asks no questions: say --yes or --dry_run with it.\n");
    co_return 2;
  }
  std::string word = options->words().front();
  auto cluster = co_await kept_cluster(world, *options, std::move(word));
  if (!cluster) co_return failed(world.outside, cluster.error().what);
  if (*cluster) {
    const int code = co_await by_daemon(world, *options, **cluster);
    co_return code;
  }
  const int code = co_await alone(std::move(*options), world.outside);
  co_return code;
}

std::string overview() {
  return "tanist: keeps a MySQL or MariaDB replication cluster writable\n\n"
         "  tanist status [CLUSTER|FILE]    who replicates from whom, how far everybody is\n"
         "  tanist check FILE               is the cluster healthy, could it be failed over?\n"
         "  tanist config check [FILE|DIR]  are the files in order? No server is asked\n"
         "  tanist plan CLUSTER|FILE        what would be done if the primary died now\n"
         "  tanist failover CLUSTER|FILE    replace a dead primary\n"
         "  tanist switchover CLUSTER|FILE  make another server the primary while the current one lives\n\n"
         "  tanist run [FILE|DIR]  keep clusters writable, failover after failover\n"
         "  tanist rules           by which rules all this is decided\n"
         "  tanist history [ID]    what `tanist run` did, and every step of it\n"
         "  tanist ack CLUSTER     its last recovery was looked at: another one may follow at once\n"
         "  tanist pause CLUSTER   `tanist run` watches it and does nothing, until: tanist resume CLUSTER\n"
         "  tanist rejoin CLUSTER HOST  a primary that was replaced becomes a replica\n\n"
         "CLUSTER is one that `tanist run` keeps, FILE an MHA application file. `tanist VERB --help` tells the options.\n"
         "The commands of MHA (masterha_manager, masterha_check_repl, ...) are links to this program.\n";
}

}  // namespace tanist::cli

#include "compat/switch_command.h"

#include <fmt/format.h>

#include "compat/failover_command.h"
#include "compat/failover_options.h"
#include "compat/interrupted.h"
#include "compat/open_cluster.h"
#include "config/load.h"
#include "manager/recovery_options.h"
#include "store/cluster_lock.h"

namespace tanist::compat {

namespace {

constexpr std::string_view kExamples[] = {
    "masterha_master_switch --conf=/etc/masterha/app1.cnf --master_state=alive --new_master_host=db2 "
    "--orig_master_is_new_slave --interactive=0",
};

constexpr ExitRow kExits[] = {
    {"0", "switched, all replicas follow the new primary; with --check_only: it could be"},
    {"1", "refused, declined or undone: the primary is who it was"},
    {"10", "the new primary takes writes, but something is left to repair: the log says what"},
};
constexpr OptionRow kRows[] = {
    {"conf", OptionKind::text, "", "FILE", "application configuration file (mandatory)"},
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications"},
    {"manager_workdir|workdir", OptionKind::text, "", "DIR", "state files; wins over the configuration"},
    {"master_state", OptionKind::text, "", "alive", "what the current primary is (mandatory)"},
    {"new_master_host", OptionKind::text, "", "HOST", "promote this one and no other"},
    {"new_master_port", OptionKind::port, "3306", "PORT", "its port"},
    {"interactive", OptionKind::integer, "1", "0|1", "ask before the switch"},
    {"orig_master_is_new_slave", OptionKind::boolean, "", "",
     "the old primary becomes a replica of the new one"},
    {"running_updates_limit", OptionKind::integer, "1", "SECONDS",
     "refuse while an update runs longer on the old primary"},
    {"running_seconds_limit", OptionKind::integer, "10", "SECONDS",
     "refuse while a statement runs so long on the new one"},
    {"seconds_behind_master", OptionKind::integer, "30", "SECONDS", "greatest lag of every replica"},
    {"skip_lock_all_tables", OptionKind::boolean, "", "",
     "do not stop writes; the binary log must stand still"},
    {"flush_tables", OptionKind::integer, "2", "0|1|2", "flush tables before: no, yes, ask"},
    {"check_only", OptionKind::boolean, "", "", "check whether it could be done; changes nothing"},
    {"remove_orig_master_conf|remove_dead_master_conf", OptionKind::boolean, "", "",
     "delete the old primary's section from the configuration after full success"},
};

SwitchCommand command_of(const Options& options) {
  using manager::limit;
  SwitchCommand command;
  if (options.given("new_master_host")) command.policy.forced_host = options.text("new_master_host");
  command.policy.forced_port = static_cast<uint16_t>(options.number("new_master_port"));
  command.policy.old_becomes_replica = options.flag("orig_master_is_new_slave");
  command.policy.running_updates_limit = limit(options, "running_updates_limit");
  command.policy.running_seconds_limit = limit(options, "running_seconds_limit");
  command.policy.seconds_behind_limit = limit(options, "seconds_behind_master");
  command.policy.lock_tables = !options.flag("skip_lock_all_tables");
  command.policy.flush_tables = options.number("flush_tables") != 0;
  command.check_only = options.flag("check_only");
  command.interactive = options.number("interactive") != 0;
  command.ask_before_flush = options.number("flush_tables") == 2;
  command.remove_old_section = options.flag("remove_orig_master_conf");
  return command;
}

}  // namespace

sys::Task<execute::SwitchResult> run_switch_command(manager::Cluster& cluster, SwitchCommand command) {
  manager::Outside& outside = cluster.outside();
  execute::SwitchRequest request;
  request.policy = command.policy;
  request.check_only = command.check_only;
  request.interactive = command.interactive;
  request.ask_before_flush = command.ask_before_flush;
  request.ask = [&](const std::string& question) { return outside.ask_line(question); };
  request.stop_requested = [&] { return outside.stop.is_set(); };
  request.changes_begin = [&] {
    outside.hold_signals();
    cluster.on_signal_say(
        "Got a signal during a switch. Until the new primary takes writes it is undone at the next safe "
        "point, after that it is finished.");
  };
  // One recovery of a cluster at a time, whoever started it (R7). Who only looks needs no file for that.
  std::unique_ptr<store::ClusterLock> lock;
  if (!command.check_only) {
    auto taken =
        outside.lock_cluster(cluster.config().manager_workdir(), cluster.config().name + ".failover");
    if (!taken) {
      execute::SwitchResult result;
      result.why = "Another failover or switch of this cluster is running: " + taken.error().what;
      cluster.log().error(result.why);
      co_return result;
    }
    lock = std::move(*taken);
    request.still_ours = [&] { return lock->still_held(); };
    auto dealt = co_await deal_with_interrupted(cluster, request.still_ours);
    if (!dealt || dealt->new_primary) {
      execute::SwitchResult result;
      result.why = dealt ? dealt->why + ". Nothing else was begun" : dealt.error().what;
      cluster.log().error(result.why);
      co_return result;
    }
  }
  auto result = co_await execute::run_switch(cluster.world(), cluster.config(), std::move(request));
  if (result.exit_code == 0 && result.old_primary && command.remove_old_section &&
      !command.policy.old_becomes_replica) {
    remove_section_of(cluster, *result.old_primary);
  }
  co_return result;
}

sys::Task<int> switch_alive(std::vector<std::string> args, manager::Outside& outside) {
  const CommandTable table{
      .name = "masterha_master_switch",
      .usage = "--conf=FILE --master_state=alive [options]",
      .summary = "Makes another server the primary while the current one lives. The log is stderr.",
      .rows = kRows,
      .examples = kExamples,
      .unknown_options = Unknown::error,
      .exits = kExits};
  const bool check_only = parse_options(table, args).flag("check_only");
  auto opened = co_await open_cluster(table, std::move(args), outside, Opening{.journal = !check_only});
  if (!opened) co_return opened.error();
  auto result = co_await run_switch_command(*opened->cluster, command_of(opened->options));
  co_return result.exit_code;
}

}  // namespace tanist::compat

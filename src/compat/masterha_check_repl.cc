// masterha_check_repl: the start checks of the manager, with health, and a verdict as the last line (reference 2.4).
#include "compat/masterha_manager.h"
#include "compat/open_cluster.h"
#include "manager/start_checks.h"

namespace tanist::compat {

namespace {

constexpr OptionRow kRows[] = {
    {"conf", OptionKind::text, "", "FILE", "application configuration file (mandatory)"},
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications"},
    {"manager_workdir|workdir", OptionKind::text, "", "DIR", "work directory; wins over the configuration"},
    {"seconds_behind_master", OptionKind::integer, "30", "SECONDS", "a replica further behind is not healthy"},
    {"skip_ssh_check|skip_check_ssh", OptionKind::boolean, "", "", "do not test ssh between the hosts"},
    {"ignore_fail_on_start", OptionKind::boolean, "", "", "a dead replica with ignore_fail=1 is tolerated"},
    {"manager_log|log_output", OptionKind::text, "", "FILE", "accepted; the log goes to stderr"},
};

constexpr ExitRow kExits[] = {
    {"0", "healthy"},
    {"1", "not healthy"},
};
constexpr std::string_view kExamples[] = {"masterha_check_repl --conf=/etc/masterha/app1.cnf"};

}  // namespace

sys::Task<int> masterha_check_repl(std::vector<std::string> args, manager::Outside& outside) {
  const CommandTable table{.name = "masterha_check_repl",
                           .usage = "--conf=FILE [options]",
                           .summary = "Checks that a cluster is replicating and could be failed over. Changes nothing.",
                           .rows = kRows,
                           .examples = kExamples,
                           .exits = kExits};
  auto opened = co_await open_cluster(table, std::move(args), outside, Opening{});
  bool healthy = false;
  if (opened) {
    opened->cluster->log().info("MHA::MasterMonitor version 0.58.");
    manager::StartOptions start;
    start.ignore_fail_on_start = opened->options.flag("ignore_fail_on_start");
    start.skip_ssh_check = opened->options.flag("skip_ssh_check");
    start.seconds_behind = static_cast<uint64_t>(opened->options.number("seconds_behind_master"));
    auto outcome = co_await manager::start_checks(*opened->cluster, start);
    healthy = outcome.ok;
  } else if (opened.error() == 0) {
    co_return 0;  // --help, --version
  }
  outside.out(healthy ? "\nMySQL Replication Health is OK.\n" : "\nMySQL Replication Health is NOT OK!\n");
  co_return healthy ? 0 : 1;
}

}  // namespace tanist::compat

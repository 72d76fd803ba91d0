#include "compat/masterha_manager.h"

#include <fmt/format.h>

#include "compat/failover_command.h"
#include "compat/failover_options.h"
#include "compat/open_cluster.h"
#include "manager/monitor.h"
#include "manager/start_checks.h"

namespace tanist::compat {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view kExamples[] = {
    "masterha_manager --conf=/etc/masterha/app1.cnf",
    "masterha_manager --conf=/etc/masterha/app1.cnf --remove_dead_master_conf --ignore_last_failover",
};

std::vector<OptionRow> manager_rows() {
  std::vector<OptionRow> rows = failover_rows();
  const OptionRow more[] = {
      {"wait_on_monitor_error", OptionKind::integer, "0", "SECONDS", "sleep before the end when watching fails"},
      {"ignore_fail_on_start", OptionKind::boolean, "", "", "start although a replica with ignore_fail=1 is dead"},
      {"skip_ssh_check|skip_check_ssh", OptionKind::boolean, "", "", "do not test ssh between the hosts"},
      {"check_only", OptionKind::boolean, "", "", "check and end"},
      {"monitor_only", OptionKind::boolean, "", "", "accepted"},
      {"check_repl_health", OptionKind::boolean, "", "", "accepted"},
      {"seconds_behind_master", OptionKind::integer, "30", "SECONDS", "greatest lag when checking health"},
      {"interactive", OptionKind::integer, "0", "0|1", "accepted"},
  };
  rows.insert(rows.end(), std::begin(more), std::end(more));
  return rows;
}

// The health file follows the pings.
class HealthListener : public manager::MonitorListener {
 public:
  HealthListener(StatusFile& file, std::string hostname, sys::Log& log)
      : file_(file), hostname_(std::move(hostname)), log_(log) {}

  void ping_ok(bool first_or_first_again) override {
    Status done = first_or_first_again ? file_.write(ManagerState::ping_ok, hostname_) : file_.touch();
    if (first_or_first_again) log_.info("Ping(SELECT) succeeded, waiting until MySQL doesn't respond..");
    if (!done) log_.warning(done.error().what);
  }
  void ping_failing(int) override {
    Status done = file_.write(ManagerState::ping_failing, hostname_);
    if (!done) log_.warning(done.error().what);
  }

 private:
  StatusFile& file_;
  std::string hostname_;
  sys::Log& log_;
};

// Whatever happens to a manager, its health file does not outlive it (reference 4.3).
class HealthGuard {
 public:
  explicit HealthGuard(StatusFile& file) : file_(file) {}
  ~HealthGuard() { static_cast<void>(file_.remove()); }

 private:
  StatusFile& file_;
};

sys::Task<int> monitor_error(manager::Outside& outside, const Options& options, StatusFile& status) {
  static_cast<void>(status.write(ManagerState::config_error));
  auto wait = std::chrono::seconds(options.number("wait_on_monitor_error"));
  if (wait.count() > 0) static_cast<void>(co_await outside.stop.wait_until(outside.clock.now() + wait));
  co_return 1;
}

sys::Task<int> watch(manager::Cluster& cluster, const Options& options, StatusFile& status) {
  manager::Outside& outside = cluster.outside();
  manager::StartOptions start;
  start.ignore_fail_on_start = options.flag("ignore_fail_on_start");
  start.skip_ssh_check = options.flag("skip_ssh_check");
  if (options.flag("check_only")) start.seconds_behind = static_cast<uint64_t>(options.number("seconds_behind_master"));
  auto checked = co_await manager::start_checks(cluster, start);
  if (!checked.ok) {
    cluster.log().error("Error happened on checking configurations. The monitor did not start.");
    co_return co_await monitor_error(outside, options, status);
  }
  if (options.flag("check_only")) co_return 0;

  const ServerId primary = *checked.snapshot.primary;
  cluster.fix_primary(primary);
  HealthListener listener(status, cluster.config().find(primary)->hostname, cluster.log());
  manager::Monitor monitor(cluster.world(), cluster.config(), primary, listener, outside.stop);
  cluster.log().info(fmt::format("Starting ping health check on {}..", cluster.config().find(primary)->host_info()));
  auto end = co_await monitor.run();
  if (std::holds_alternative<manager::MonitorStopped>(end)) {
    cluster.log().info("Got a signal, the monitor ends.");
    co_return 1;
  }
  if (auto* refused = std::get_if<manager::MonitorRefused>(&end)) {
    cluster.log().error(refused->why);
    co_return co_await monitor_error(outside, options, status);
  }
  auto& dead = std::get<manager::PrimaryDead>(end);
  static_cast<void>(status.write(ManagerState::ping_failed, cluster.config().find(primary)->hostname));
  cluster.log().warning("Master is not reachable from health checker!");
  cluster.log().warning(fmt::format("Master {} is not reachable!", cluster.config().find(primary)->host_info()));
  FailoverCommand command;
  command.dead_primary = primary;
  command.cause = dead.finding.rule + " " + dead.finding.sentence;
  command.ssh_reachable = dead.ssh_reachable;
  // The monitor asked in a hurry. A host that still sends something back gets the whole ssh_connection_timeout: the
  // only copy of the last transactions is on it.
  if (dead.finding.kind != detect::Kind::silent && dead.ssh_reachable == false) command.ssh_reachable.reset();
  command.last_seen_end = dead.last_seen_end;
  command.status = &status;
  auto code = co_await run_failover_command(cluster, options, std::move(command));
  co_return code;
}

}  // namespace

sys::Task<int> masterha_manager(std::vector<std::string> args, manager::Outside& outside) {
  static const std::vector<OptionRow> rows = manager_rows();
  const CommandTable table{.name = "masterha_manager",
                           .usage = "--conf=FILE [options]",
                           .summary = "Watches the primary of one MySQL or MariaDB cluster; when it dies, brings every "
                                      "replica to the last event that can be had, promotes one and ends.",
                           .rows = rows,
                           .examples = kExamples};
  auto opened = co_await open_cluster(table, std::move(args), outside, Opening{.log_to_file = true, .journal = true});
  if (!opened) co_return opened.error();
  manager::Cluster& cluster = *opened->cluster;
  cluster.log().info("MHA::MasterMonitor version 0.58.");

  const std::string& workdir = cluster.config().manager_workdir();
  auto lock = outside.lock_cluster(workdir, cluster.config().name);
  if (!lock) {
    cluster.log().error(lock.error().what);
    co_return 1;
  }
  StatusFile status(outside.files, health_path(workdir, cluster.config().name), outside.pid);
  HealthGuard guard(status);
  auto written = status.write(ManagerState::initializing_monitor);
  if (!written) {
    cluster.log().error(written.error().what);
    co_return 1;
  }
  auto code = co_await watch(cluster, opened->options, status);
  co_return code;
}

}  // namespace tanist::compat

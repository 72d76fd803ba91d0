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
  HealthListener(StatusFile& file, const config::ServerConfig& primary, sys::Log& log)
      : file_(file), hostname_(primary.hostname), ping_(config::to_string(primary.ping_type)), log_(log) {}

  void ping_ok(bool first_or_first_again) override {
    Status done = first_or_first_again ? file_.write(ManagerState::ping_ok, hostname_) : file_.touch();
    if (first_or_first_again) log_.info("Ping(" + ping_ + ") succeeded, waiting until MySQL doesn't respond..");
    if (!done) log_.warning(done.error().what);
  }
  void ping_failing(int) override {
    Status done = file_.write(ManagerState::ping_failing, hostname_);
    if (!done) log_.warning(done.error().what);
  }

 private:
  StatusFile& file_;
  std::string hostname_;
  std::string ping_;
  sys::Log& log_;
};

sys::Task<int> monitor_error(manager::Outside& outside, const Options& options, StatusFile& status) {
  static_cast<void>(status.write(ManagerState::config_error));
  auto wait = std::chrono::seconds(options.number("wait_on_monitor_error"));
  if (wait.count() > 0) static_cast<void>(co_await outside.stop.wait_until(outside.clock.now() + wait));
  co_return 1;
}

manager::StartOptions start_options(const Options& options) {
  manager::StartOptions start;
  start.ignore_fail_on_start = options.flag("ignore_fail_on_start");
  start.skip_ssh_check = options.flag("skip_ssh_check");
  if (options.flag("check_only")) start.seconds_behind = static_cast<uint64_t>(options.number("seconds_behind_master"));
  return start;
}

// Beside a manager that runs: neither its lock nor its health file is touched (reference 5.1 #3).
sys::Task<int> check_only(manager::Cluster& cluster, const Options& options) {
  auto checked = co_await manager::start_checks(cluster, start_options(options));
  co_return checked.ok ? 0 : 1;
}

// Ends with its monitor: nothing of it is left when the configuration is read again.
sys::Task<manager::MonitorEnd> watch_primary(manager::Cluster& cluster, ServerId id, StatusFile& status) {
  const config::ServerConfig& primary = *cluster.config().find(id);
  HealthListener listener(status, primary, cluster.log());
  manager::Monitor monitor(cluster.world(), cluster.config(), id, listener, cluster.outside().stop);
  cluster.log().info(fmt::format("Starting ping health check on {}..", primary.host_info()));
  auto end = co_await monitor.run();
  if (std::holds_alternative<manager::PrimaryDead>(end)) {
    static_cast<void>(status.write(ManagerState::ping_failed, primary.hostname));
    cluster.log().warning("Master is not reachable from health checker!");
    cluster.log().warning(fmt::format("Master {} is not reachable!", primary.host_info()));
  }
  co_return end;
}

sys::Task<int> watch(OpenedCluster& opened, StatusFile& status) {
  manager::Cluster& cluster = *opened.cluster;
  manager::Outside& outside = cluster.outside();
  auto checked = co_await manager::start_checks(cluster, start_options(opened.options));
  if (!checked.ok) {
    cluster.log().error("Error happened on checking configurations. The monitor did not start.");
    co_return co_await monitor_error(outside, opened.options, status);
  }
  const ServerId watched = *checked.snapshot.primary;
  cluster.fix_primary(watched);
  auto end = co_await watch_primary(cluster, watched, status);
  if (std::holds_alternative<manager::MonitorStopped>(end)) co_return 1;
  if (auto* refused = std::get_if<manager::MonitorRefused>(&end)) {
    cluster.log().error(refused->why);
    co_return co_await monitor_error(outside, opened.options, status);
  }
  auto primary = co_await reread_config(opened, watched);
  if (!primary) {
    cluster.log().error(primary.error().what);
    co_return 1;
  }
  auto& dead = std::get<manager::PrimaryDead>(end);
  FailoverCommand command;
  command.dead_primary = *primary;
  command.judged_dead = true;
  command.cause = dead.finding.rule + " " + dead.finding.sentence;
  command.ssh_reachable = dead.ssh_reachable;
  // The monitor asked in a hurry. A host that still sends something back gets the whole ssh_connection_timeout: the
  // only copy of the last transactions is on it.
  if (dead.finding.kind != detect::Kind::silent && dead.ssh_reachable == false) command.ssh_reachable.reset();
  command.last_seen_end = dead.last_seen_end;
  command.dead_tls = dead.tls;
  command.status = &status;
  auto code = co_await run_failover_command(cluster, opened.options, std::move(command));
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
  if (opened->options.number("interactive") == 0) outside.lead_process_group();
  cluster.log().info("MHA::MasterMonitor version 0.58.");

  const std::string workdir = cluster.config().manager_workdir();
  if (opened->options.flag("check_only")) co_return co_await check_only(cluster, opened->options);
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
  auto code = co_await watch(*opened, status);
  co_return code;
}

}  // namespace tanist::compat

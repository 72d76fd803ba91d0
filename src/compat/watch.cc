#include "compat/watch.h"

#include <fmt/format.h>

namespace tanist::compat {

namespace {

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
  start.interactive = options.number("interactive") != 0;
  if (options.flag("check_only")) start.seconds_behind = static_cast<uint64_t>(options.number("seconds_behind_master"));
  return start;
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

}  // namespace

std::vector<OptionRow> watch_rows(std::string_view interactive) {
  return {
      {"wait_on_monitor_error", OptionKind::integer, "0", "SECONDS", "sleep before the end when watching fails"},
      {"ignore_fail_on_start", OptionKind::boolean, "", "", "start although a replica with ignore_fail=1 is dead"},
      {"skip_ssh_check|skip_check_ssh", OptionKind::boolean, "", "", "do not test ssh between the hosts"},
      {"check_only", OptionKind::boolean, "", "", "check and end"},
      {"monitor_only", OptionKind::boolean, "", "", "accepted"},
      {"check_repl_health", OptionKind::boolean, "", "", "accepted; --check_only always looks at the replicas' health"},
      {"seconds_behind_master", OptionKind::integer, "30", "SECONDS", "greatest lag when checking health"},
      {"interactive", OptionKind::integer, interactive, "0|1", "ask whether to go on when the primary is dead at the start"},
  };
}

Result<WatchPlace> take_place(manager::Cluster& cluster) {
  manager::Outside& outside = cluster.outside();
  const std::string workdir = cluster.config().manager_workdir();
  auto lock = outside.lock_cluster(workdir, cluster.config().name);
  if (!lock) return fail(lock.error());
  WatchPlace place{std::move(*lock),
                   StatusFile(outside.files, health_path(workdir, cluster.config().name), outside.pid)};
  auto written = place.status.write(ManagerState::initializing_monitor);
  if (!written) return fail(written.error());
  return place;
}

sys::Task<int> check_only(manager::Cluster& cluster, const Options& options) {
  auto checked = co_await manager::start_checks(cluster, start_options(options));
  co_return checked.ok ? 0 : 1;
}

sys::Task<tl::expected<JudgedDead, int>> watch_until_dead(OpenedCluster& opened, StatusFile& status) {
  manager::Cluster& cluster = *opened.cluster;
  manager::Outside& outside = cluster.outside();
  auto checked = co_await manager::start_checks(cluster, start_options(opened.options));
  if (!checked.ok) {
    cluster.log().error("Error happened on checking configurations. The monitor did not start.");
    co_return tl::unexpected(co_await monitor_error(outside, opened.options, status));
  }
  const ServerId watched = *checked.snapshot.primary;
  cluster.fix_primary(watched);
  auto end = co_await watch_primary(cluster, watched, status);
  if (std::holds_alternative<manager::MonitorStopped>(end)) co_return tl::unexpected(1);
  if (auto* refused = std::get_if<manager::MonitorRefused>(&end)) {
    cluster.log().error(refused->why);
    co_return tl::unexpected(co_await monitor_error(outside, opened.options, status));
  }
  auto primary = co_await reread_config(opened, watched);
  if (!primary) {
    cluster.log().error(primary.error().what);
    co_return tl::unexpected(1);
  }
  co_return JudgedDead{std::move(*primary), std::move(std::get<manager::PrimaryDead>(end))};
}

}  // namespace tanist::compat

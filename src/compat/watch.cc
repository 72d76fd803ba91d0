#include "compat/watch.h"

#include <fmt/format.h>

#include <set>

#include "compat/failover_options.h"
#include "compat/interrupted.h"

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
  void standing(const std::vector<detect::Condition>& conditions) override {
    std::set<std::string> rules;
    for (const detect::Condition& one : conditions) {
      rules.insert(one.rule);
      if (standing_.contains(one.rule)) continue;
      log_.warning(one.rule + " " + std::string(detect::to_string(one.kind)) + ": " + one.sentence);
      for (const std::string& line : one.evidence) log_.info("  " + line);
    }
    for (const std::string& rule : standing_)
      if (!rules.contains(rule)) log_.info(rule + " is over.");
    standing_ = std::move(rules);
  }

 private:
  std::set<std::string> standing_;  // what is wrong with a primary that answers
  StatusFile& file_;
  std::string hostname_;
  std::string ping_;
  sys::Log& log_;
};

sys::Task<int> monitor_error(manager::Outside& outside, const Options& options, StatusFile& status) {
  static_cast<void>(status.write(ManagerState::config_error));
  const auto wait = patience(options, "wait_on_monitor_error");
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
  const auto* dead = std::get_if<manager::PrimaryDead>(&end);
  if (dead && dead->lives()) {
    static_cast<void>(status.write(ManagerState::ping_failed, primary.hostname));
    cluster.log().warning(fmt::format("Master {} answers and is given up.", primary.host_info()));
  } else if (dead) {
    static_cast<void>(status.write(ManagerState::ping_failed, primary.hostname));
    cluster.log().warning("Master is not reachable from health checker!");
    cluster.log().warning(fmt::format("Master {} is not reachable!", primary.host_info()));
  }
  co_return end;
}

// The one who watches a cluster: its lock, and its health file, which shows INITIALIZING_MONITOR from here on.
struct WatchPlace {
  std::unique_ptr<store::ClusterLock> lock;
  StatusFile status;
};
Result<WatchPlace> take_place(manager::Cluster& cluster) {
  manager::Outside& outside = cluster.outside();
  const std::string workdir = cluster.config().manager_workdir();
  auto made = outside.files.make_directories(workdir);
  if (!made) return fail(made.error().during("make the work directory"));
  auto lock = outside.lock_cluster(workdir, cluster.config().name);
  if (!lock) return fail(lock.error());
  WatchPlace place{std::move(*lock),
                   StatusFile(outside.files, health_path(workdir, cluster.config().name), outside.pid)};
  auto written = place.status.write(ManagerState::initializing_monitor);
  if (!written) return fail(written.error());
  return place;
}

// Beside a manager that runs: neither its lock nor its health file is touched (reference 5.1 #3).
sys::Task<int> check_only(manager::Cluster& cluster, const Options& options) {
  auto checked = co_await manager::start_checks(cluster, start_options(options));
  co_return checked.ok ? 0 : 1;
}

// Start checks, then pings until the end. The health file shows PING_FAILED when the primary is judged dead. The
// unexpected value is the exit code; everything has been said.
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

sys::Task<int> watch_and_then(CommandTable table, std::vector<std::string> args, manager::Outside& outside, bool journal,
                              AfterDeath after) {
  const bool only_check = parse_options(table, args).flag("check_only");
  auto opened = co_await open_cluster(table, std::move(args), outside,
                                      Opening{.log_to_file = !only_check, .journal = journal && !only_check});
  if (!opened) co_return opened.error();
  manager::Cluster& cluster = *opened->cluster;
  if (opened->options.number("interactive") == 0) outside.lead_process_group();
  cluster.log().info("MHA::MasterMonitor version 0.58.");
  if (only_check) co_return co_await check_only(cluster, opened->options);

  auto place = take_place(cluster);
  if (!place) {
    cluster.log().error(place.error().what);
    co_return 1;
  }
  HealthGuard guard(place->status);
  Status dealt;
  if (journal) dealt = co_await deal_with_interrupted(cluster);
  if (!dealt) {
    cluster.log().error(dealt.error().what);
    co_return co_await monitor_error(outside, opened->options, place->status);
  }
  auto dead = co_await watch_until_dead(*opened, place->status);
  if (!dead) co_return dead.error();
  auto code = co_await after(*opened, std::move(*dead), place->status);
  co_return code;
}

}  // namespace tanist::compat

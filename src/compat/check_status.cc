// masterha_check_status: one line about a manager; the exit code is the number of its state.
#include "compat/commands.h"
#include "compat/sighting.h"

namespace tanist::compat {

namespace {

constexpr OptionRow kOwnRows[] = {
    {"ping_limit", OptionKind::integer, "10", "SECONDS", "an older health file is TIMESTAMP_OLD; not given: also three ping intervals"},
    {"abort", OptionKind::flag, "", "", "accepted; of masterha_stop"},
    {"abort_timeout", OptionKind::integer, "5", "SECONDS", "accepted; of masterha_stop"},
};
constexpr ExitRow kExits[] = {
    {"0", "PING_OK: it watches, the primary answers"},
    {"1", "an error: no file, no configuration"},
    {"2", "NOT_RUNNING"},
    {"3", "PARTIALLY_RUNNING: it is gone, not all of its processes"},
    {"10", "INITIALIZING_MONITOR"},
    {"20", "PING_FAILING"},
    {"21", "PING_FAILED"},
    {"30", "RETRYING_MONITOR"},
    {"31", "CONFIG_ERROR"},
    {"32", "TIMESTAMP_OLD: PING_OK, but too long ago"},
    {"50", "FAILOVER_RUNNING"},
    {"51", "FAILOVER_ERROR"},
};
constexpr std::string_view kExamples[] = {
    "masterha_check_status --conf=/etc/app1.cnf",
    "masterha_check_status --app=app1 --status_dir=/var/log/masterha/app1",
    "masterha_check_status --all --basedir=/var/log/masterha",
};

// How a state is said. {app} and {token} always; where the state knows a primary, {primary} and what stands
// with it.
struct Wording {
  ManagerState state;
  std::string_view before_token, after_token;
  bool names_primary;  // ", master:HOST" belongs to the line
  bool needs_primary;  // without it the line stays away and a warning is given
  bool hints_at_log;
};
constexpr Wording kWordings[] = {
    {ManagerState::initializing_monitor, " is starting up", ": wait a moment and check again.\n", false,
     false, false},
    {ManagerState::ping_failing, " master maybe down", ".", true, false, true},
    {ManagerState::ping_failed, " master maybe down", ".", true, false, true},
    {ManagerState::retrying_monitor, " waits before it monitors again", ".", false, false, false},
    {ManagerState::config_error, " stopped at its start-up checks", ".\n", false, false, true},
    {ManagerState::timestamp_old, " is running, but says nothing", ".", true, false, false},
    {ManagerState::failover_running, " is failing over", ".", true, true, true},
    {ManagerState::failover_error, " failed to fail over", ".", true, true, true},
};

void say(const Located& located, const Sighting& seen, World& world) {
  const std::string& app = located.app;
  const std::string& primary = seen.health.primary;
  std::string state = "(" + token(seen.state) + ")";
  std::string no_primary = "warning: " + located.health_path() + " names no master\n";

  if (seen.state == ManagerState::not_running) return world.out(app + " is stopped" + state + ".\n");
  if (seen.state == ManagerState::ping_ok) {
    if (primary.empty()) return world.err(no_primary);
    return world.out(app + " (pid:" + std::to_string(seen.health.pid) + ") is running" + state +
                     ", master:" + primary + "\n");
  }
  if (seen.state == ManagerState::partially_running) {
    std::string pids;
    for (int pid : seen.left_behind) pids += " " + std::to_string(pid);
    return world.out(app + " is gone, but not all of its processes" + state + ":" + pids + "\n");
  }
  if (seen.state == ManagerState::timestamp_old) {
    world.out(located.health_path() + " was last updated " + std::to_string(seen.age.count()) +
              " seconds ago.\n");
  }
  for (const Wording& wording : kWordings) {
    if (wording.state != seen.state) continue;
    if (wording.names_primary && primary.empty()) world.err(no_primary);
    if (wording.needs_primary && primary.empty()) return;
    std::string line = app + std::string(wording.before_token) + state + std::string(wording.after_token);
    if (wording.names_primary) line += primary.empty() ? "\n" : " master:" + primary + "\n";
    if (wording.hints_at_log && !located.log.empty() && !(wording.names_primary && primary.empty())) {
      line += "Check " + located.log + " for details.\n";
    }
    world.out(line);
  }
}

// MHA's fixed 10 s call a manager with a longer ping_interval old between any two of its pings.
std::chrono::seconds ping_limit(const Options& options, const Located& located) {
  std::chrono::seconds limit(options.number("ping_limit"));
  if (options.given("ping_limit") || !located.ping_interval) return limit;
  return std::max(limit, 3 * *located.ping_interval);
}

sys::Task<int> check(const Options& options, Located located, World& world) {
  Result<Sighting> seen = sight(located, ping_limit(options, located), world);
  if (!seen) {
    world.err(seen.error().what + "\n");
    co_return 1;
  }
  say(located, *seen, world);
  co_return static_cast<int>(seen->state);
}

}  // namespace

sys::Task<int> masterha_check_status(std::vector<std::string> args, World& world) {
  return for_each_manager(
      {.name = "masterha_check_status",
       .usage = "--conf=FILE [options]",
       .summary = "Says how the manager of an application is doing; the exit code is its state.",
       .rows = kOwnRows,
       .examples = kExamples,
       .exits = kExits},
      std::move(args), world, check);
}

}  // namespace tanist::compat

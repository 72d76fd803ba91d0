// masterha_stop: ends a manager by SIGTERM to its process group, and says whether it went.
#include <signal.h>

#include <algorithm>

#include "compat/commands.h"
#include "compat/sighting.h"

namespace tanist::compat {

namespace {

using namespace std::chrono_literals;

constexpr auto kPollEvery = 100ms;
constexpr auto kKilledWithin =
    2s;  // SIGKILL needs no consent; only a process stuck in the kernel takes longer
constexpr std::chrono::hours kAnyAge{24 * 365};

constexpr OptionRow kOwnRows[] = {
    {"abort", OptionKind::flag, "", "", "stop it while it fails over too, and kill it if it does not go"},
    {"abort_timeout", OptionKind::integer, "5", "SECONDS", "how long to wait for it to go"},
    {"ping_limit", OptionKind::integer, "10", "SECONDS", "accepted; of masterha_check_status"},
};
constexpr ExitRow kExits[] = {
    {"0", "it is stopped now, or was not running"},
    {"1", "it fails over and --abort was not said, it did not go, or an error"},
};
constexpr std::string_view kExamples[] = {
    "masterha_stop --conf=/etc/app1.cnf",
    "masterha_stop --conf=/etc/app1.cnf --abort --abort_timeout=30",
};

// A manager that leads a group is ended with its children; one that shares the group of somebody's shell is
// ended alone.
Status send(const Sighting& seen, int signal, World& world) {
  Status sent = seen.group > 1 ? world.processes.signal_group(seen.group, signal)
                               : world.processes.signal_process(seen.health.pid, signal);
  if (!sent && sent.error().code == Errc::not_found) return {};  // went by itself in between
  return sent;
}

sys::Task<bool> gone(const Sighting& seen, Duration patience, World& world) {
  for (TimePoint deadline = world.clock.now() + patience;;) {
    bool leader_lives = world.processes.find(seen.health.pid).has_value();
    if (!leader_lives && (seen.group <= 1 || world.processes.group_members(seen.group).empty()))
      co_return true;
    if (world.clock.now() >= deadline) co_return false;
    co_await sys::sleep_for(world.clock, kPollEvery);
  }
}

sys::Task<int> stop(const Options& options, Located located, World& world) {
  auto fail_with = [&world](const Error& error) {
    world.err(error.what + "\n");
    return 1;
  };
  const std::string& app = located.app;
  Result<Sighting> seen = sight(located, kAnyAge, world);
  if (!seen) co_return fail_with(seen.error());
  if (seen->state == ManagerState::not_running) {
    world.out(app + " is stopped(" + token(seen->state) + ").\n");
    co_return 0;
  }
  if (seen->state == ManagerState::failover_running && !options.flag("abort")) {
    world.err(app + " is failing over(" + token(seen->state) +
              ") and is not stopped; --abort would do it.\n");
    co_return 1;
  }
  Status sent = send(*seen, SIGTERM, world);
  if (!sent) co_return fail_with(sent.error());
  int64_t timeout = std::clamp<int64_t>(options.number("abort_timeout"), 0, 24 * 3600);
  if (co_await gone(*seen, std::chrono::seconds(timeout), world)) {
    world.out("Stopped " + app + " successfully.\n");
    co_return 0;
  }
  world.out(app + " still runs " + std::to_string(timeout) + " seconds after it was told to stop.\n");
  if (options.flag("abort")) {
    sent = send(*seen, SIGKILL, world);
    if (!sent) co_return fail_with(sent.error());
    if (co_await gone(*seen, kKilledWithin, world)) {
      world.out("Forced stopped " + app + ".\n");
      co_return 0;
    }
  }
  world.out("Failed to stop " + app + ".\n");
  co_return 1;
}

}  // namespace

sys::Task<int> masterha_stop(std::vector<std::string> args, World& world) {
  return for_each_manager({.name = "masterha_stop",
                           .usage = "--conf=FILE [options]",
                           .summary = "Stops the manager of an application.",
                           .rows = kOwnRows,
                           .examples = kExamples,
       .exits = kExits},
                          std::move(args), world, stop);
}

}  // namespace tanist::compat

#include "compat/sighting.h"

namespace tanist::compat {

namespace {
// Both times are the wall clock's, but the start of a process is known to a second only.
constexpr std::chrono::seconds kClockGrain{2};
}  // namespace

Result<Sighting> sight(const Located& located, std::chrono::seconds ping_limit, World& world) {
  std::string path = located.health_path();
  Result<std::string> text = world.files.read(path);
  if (!text && text.error().code == Errc::not_found) return Sighting{};
  if (!text) return fail(text.error());
  Result<Health> health = parse_health(*text);
  if (!health) return fail(health.error().code, path + " " + health.error().what);
  Result<sys::FileFacts> facts = world.files.facts(path);
  if (!facts && facts.error().code == Errc::not_found) return Sighting{};  // removed since we read it
  if (!facts) return fail(facts.error());

  Sighting seen;
  seen.health = *health;
  seen.age = std::chrono::floor<std::chrono::seconds>(world.clock.wall_now() - facts->modified);
  std::optional<sys::ProcessFacts> process = world.processes.find(health->pid);
  if (!process) {
    seen.left_behind = world.processes.group_members(health->pid);
    if (!seen.left_behind.empty()) {
      seen.state = ManagerState::partially_running;
      seen.group = health->pid;
    }
    return seen;
  }
  // Who began after the file's last touch cannot have written it: the number belongs to somebody else by now.
  if (process->started > facts->modified + kClockGrain) return seen;
  seen.state = health->state;
  if (seen.state == ManagerState::ping_ok && seen.age > ping_limit) seen.state = ManagerState::timestamp_old;
  if (process->group == health->pid) seen.group = process->group;
  return seen;
}

}  // namespace tanist::compat

// What is told of a keeper, and to those who look beside it.
#include "daemon/keeper.h"

namespace tanist::daemon {

std::string_view to_string(KeeperState state) {
  switch (state) {
    case KeeperState::starting: return "starting";
    case KeeperState::waiting: return "waiting";
    case KeeperState::watching: return "watching";
    case KeeperState::failing: return "failing";
    case KeeperState::recovering: return "recovering";
    case KeeperState::stopped: return "stopped";
  }
  return "?";
}

Result<std::optional<store::Mark>> pause_of(store::Memory& memory, const std::string& cluster, WallTime now) {
  auto mark = memory.mark(cluster, store::kPaused);
  if (mark && *mark && (*mark)->until && *(*mark)->until <= now) return std::nullopt;
  return mark;
}

std::unique_ptr<Carer> Keeper::make_carer() {
  return std::make_unique<Carer>(*cluster_, memory_, file_,
                                 Carer::Keepers{.paused = [this] { return is_paused(); },
                                                .still_ours = [this] { return lock_->still_held(); },
                                                .standing = [this](std::vector<Alarm> now) { standing("care", std::move(now)); }});
}

}  // namespace tanist::daemon

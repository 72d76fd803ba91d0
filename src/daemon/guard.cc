#include "daemon/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tanist::daemon {

std::optional<std::string> why_not_again(const std::string& cluster, const std::vector<store::RecoveryRecord>& history,
                                         const std::optional<store::Mark>& acknowledged, Duration pause, WallTime now) {
  auto is_one = [&](const store::RecoveryRecord& record) {
    return record.cluster == cluster && record.kind == store::kFailoverKind && record.finished;
  };
  auto last = std::find_if(history.begin(), history.end(), is_one);
  // One that was interrupted and undone has replaced nobody. Two of them one after the other may have the same reason.
  if (last != history.end() && last->outcome == store::RecoveryOutcome::abandoned) {
    auto before = std::find_if(std::next(last), history.end(), is_one);
    const bool again = before != history.end() && before->outcome == store::RecoveryOutcome::abandoned;
    if (!again) last = before;
  }
  if (last == history.end()) return std::nullopt;
  if (acknowledged && acknowledged->at >= *last->finished) return std::nullopt;
  const auto minutes = [](auto time) { return std::chrono::duration_cast<std::chrono::minutes>(time).count(); };
  // A clock that was set back is no reason to act.
  const auto ago = now - *last->finished;
  if (ago >= pause) return std::nullopt;
  if (ago < ago.zero()) {
    return fmt::format("by this clock the last failover (number {}) ends in {} min only: it was set back. Nothing is begun by itself "
                       "until then; by hand: tanist failover {}", last->id.number, minutes(-ago), cluster);
  }
  return fmt::format(
      "the last failover (number {}, {}) ended {} min ago, and another one is begun only after {} min. If that one was "
      "looked at, type: tanist ack {}",
      last->id.number, last->outcome ? store::to_string(*last->outcome) : "unfinished", minutes(ago), minutes(pause),
      cluster);
}

}  // namespace tanist::daemon

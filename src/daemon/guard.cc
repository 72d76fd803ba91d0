#include "daemon/guard.h"

#include <fmt/format.h>

#include <algorithm>

namespace tanist::daemon {

std::optional<std::string> why_not_again(const std::string& cluster, const std::vector<store::RecoveryRecord>& history,
                                         const std::optional<store::Mark>& acknowledged, Duration pause, WallTime now) {
  auto last = std::find_if(history.begin(), history.end(), [&](const store::RecoveryRecord& record) {
    // One whose process was killed is no reason to wait: it left a cluster without a primary.
    const bool ended = record.finished && record.outcome != store::RecoveryOutcome::abandoned;
    return record.cluster == cluster && record.kind == "failover" && ended;
  });
  if (last == history.end()) return std::nullopt;
  if (acknowledged && acknowledged->at >= *last->finished) return std::nullopt;
  // A clock that was set back is no reason to act.
  const auto ago = now - *last->finished;
  if (ago >= pause) return std::nullopt;
  const auto minutes = [](auto time) { return std::chrono::duration_cast<std::chrono::minutes>(time).count(); };
  return fmt::format(
      "the last failover (number {}, {}) ended {} min ago, and another one is begun only after {} min. If that one was "
      "looked at, type: tanist ack {}",
      last->id.number, last->outcome ? store::to_string(*last->outcome) : "unfinished", minutes(ago), minutes(pause),
      cluster);
}

}  // namespace tanist::daemon

// When another recovery may follow a recovery (R7): two in a row mean more often that something is wrong with
// the network or with us than that two machines died. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/journal.h"
#include "store/memory.h"

namespace tanist::daemon {

// Why none may begin now, and what to type; nothing: it may. `history`: newest first.
std::optional<std::string> why_not_again(const std::string& cluster, const std::vector<store::RecoveryRecord>& history,
                                         const std::optional<store::Mark>& acknowledged, Duration pause, WallTime now);

}  // namespace tanist::daemon

// The F rows: why a failover is refused. Private to this room.
#pragma once

#include <optional>

#include "plan/ranking.h"

namespace tanist::plan {

// Whether a new primary can be found: the forced one, or any. Asked before the fence and again after it.
std::optional<Refusal> check_choice(const CandidateCase& facts, const Policy& policy, const Choice& choice);

// The rows that need to know more than the snapshot; planner.cc finds when they hold.
Refusal refuse_unproven_fence(const Snapshot& snapshot, const Policy& policy);
Refusal refuse_open_primary(const Snapshot& snapshot, const Policy& policy);
Refusal refuse_incomplete(const Member& replica, const std::string& why);

}  // namespace tanist::plan

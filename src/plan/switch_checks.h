// Why a switch is refused: the W rows. Private to this room.
#pragma once

#include "plan/ranking.h"
#include "plan/switchover.h"

namespace tanist::plan {

struct SwitchCase {
  const SwitchFacts& facts;
  const SwitchPolicy& policy;
  const Snapshot& snapshot;
  const Member* primary;  // null: there is no single one
  const Member* next;     // null: nobody has been chosen yet
};

// The rows that come before the choice of a new primary, or, once there is one, those behind it.
std::optional<Refusal> check_switch(const SwitchCase& c);

}  // namespace tanist::plan

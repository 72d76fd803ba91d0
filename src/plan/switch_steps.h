// From what was decided about a switch to its steps. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "plan/ranking.h"
#include "plan/switchover.h"

namespace tanist::plan {

struct SwitchDecided {
  const SwitchFacts& facts;
  const SwitchPolicy& policy;
  const Member* old_primary;
  const Member* new_primary;
  std::vector<const Member*> replicas;  // all that are moved, the new primary among them
  BlockBy block;
  std::string no_flush;  // why tables are not flushed; empty: they are
};

// How the old primary is kept from taking writes; and why its tables are better not flushed, although that
// was asked for.
BlockBy choose_block(const SwitchFacts& facts, const SwitchPolicy& policy);
std::string why_not_flush(const SwitchFacts& facts);

std::vector<Step> order_switch(const SwitchDecided& decided);
std::vector<std::string> warn_of_switch(const SwitchDecided& decided);

}  // namespace tanist::plan

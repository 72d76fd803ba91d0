// From what was decided to the ordered steps. Private to this room.
#pragma once

#include <vector>

#include "plan/drains.h"

namespace tanist::plan {

// Steps as they are added, phase by phase.
class StepList {
 public:
  void begin(Phase phase) { phase_ = phase; }
  Step& add(StepKind kind, const Member* target, std::string what);  // null: it acts on the cluster
  std::vector<Step> numbered() &&;                                   // from 1

 private:
  Phase phase_{};
  std::vector<Step> steps_;
};

struct Decided {
  const Snapshot& snapshot;
  const Policy& policy;
  const DeadHost& dead_host;
  const Sources& sources;
  const std::vector<RelayReach>& relay_reach;
  std::vector<Drain> drains;  // every replica that is recovered, configuration order
  const Member* old_primary = nullptr;
  const Member* new_primary = nullptr;
};

// Numbered from 1, in the order in which they run.
std::vector<Step> order_steps(const Decided& decided);

// What is known beforehand to be lost, risked or left undone (R10).
std::vector<std::string> warn(const Decided& decided, const std::vector<Drain>& left_behind);

}  // namespace tanist::plan

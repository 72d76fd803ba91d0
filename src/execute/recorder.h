// Runs one step of a plan under the journal: intent first, then the act, then its result (R5). The log line of a step
// carries its number, so that log, journal and printed plan say the same.
#pragma once

#include <string>

#include "execute/world.h"
#include "plan/plan.h"

namespace tanist::execute {

class Recorder {
 public:
  Recorder(World& world, store::RecoveryId recovery) : world_(world), recovery_(recovery) {}

  // Fails without acting if the intent cannot be written.
  sys::Task<Status> step(plan::StepKind kind, ServerId target, std::string what, sys::Task<Status> act);

  store::RecoveryId recovery() const { return recovery_; }

 private:
  World& world_;
  store::RecoveryId recovery_;
  int last_number_ = 0;
};

}  // namespace tanist::execute

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
  sys::Task<Status> step(plan::StepKind kind, ServerId target, std::string what, sys::Task<Status> act) {
    return run(Unwritten::refuse, kind, std::move(target), std::move(what), std::move(act));
  }
  // The way back, and everything once clients write to the new primary: to stop there for want of a journal would leave
  // more undone than the journal could ever tell.
  sys::Task<Status> step_anyway(plan::StepKind kind, ServerId target, std::string what, sys::Task<Status> act) {
    return run(Unwritten::warn, kind, std::move(target), std::move(what), std::move(act));
  }

  // The recovery is over, with the exit code of the command.
  void finish(int exit_code, const std::string& why);

 private:
  enum class Unwritten { refuse, warn };
  sys::Task<Status> run(Unwritten unwritten, plan::StepKind kind, ServerId target, std::string what,
                        sys::Task<Status> act);

  World& world_;
  store::RecoveryId recovery_;
  int last_number_ = 0;
};

}  // namespace tanist::execute

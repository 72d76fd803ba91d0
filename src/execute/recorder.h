// Runs one step of a plan under the journal: intent first, then the act, then its result (R5). The log line of a step
// carries its number, so that log, journal and printed plan say the same.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "execute/world.h"
#include "plan/plan.h"

namespace tanist::execute {

class Recorder {
 public:
  // `steps`: as many have been journalled before, by a manager that has died.
  Recorder(World& world, store::RecoveryId recovery, int steps = 0)
      : world_(world), recovery_(recovery), last_number_(steps) {}

  // Fails without acting if the intent cannot be written.
  sys::Task<Status> step(plan::StepKind kind, ServerId target, std::string what, sys::Task<Status> act) {
    return run(Unwritten::refuse, kind, std::move(target), std::move(what), std::move(act), nullptr);
  }
  // One whose result is more than done or failed: what `note` says afterwards is journalled with it.
  using Note = std::function<std::string()>;
  sys::Task<Status> step(plan::StepKind kind, ServerId target, std::string what, sys::Task<Status> act, Note note) {
    return run(Unwritten::refuse, kind, std::move(target), std::move(what), std::move(act), std::move(note));
  }
  // The way back, and everything once clients write to the new primary: to stop there for want of a journal would leave
  // more undone than the journal could ever tell.
  sys::Task<Status> step_anyway(plan::StepKind kind, ServerId target, std::string what, sys::Task<Status> act,
                                Note note = nullptr) {
    return run(Unwritten::warn, kind, std::move(target), std::move(what), std::move(act), std::move(note));
  }

  // Written with the next step: what must be known from there on, should nobody be here to go on.
  void note(std::string about, std::string name, std::string text) {
    notes_.push_back({std::move(about), std::move(name), std::move(text)});
  }

  // The recovery is over, with the exit code of the command.
  void finish(int exit_code, const std::string& why);
  void finish(store::RecoveryOutcome outcome, const std::string& why);

 private:
  enum class Unwritten { refuse, warn };
  sys::Task<Status> run(Unwritten unwritten, plan::StepKind kind, ServerId target, std::string what,
                        sys::Task<Status> act, Note note);

  World& world_;
  store::RecoveryId recovery_;
  int last_number_;
  std::vector<store::Note> notes_;
};

}  // namespace tanist::execute

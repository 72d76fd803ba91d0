// A journal in memory, for unit tests and the simulated world: the same promises as the real one, and it can
// be told to refuse writes. It outlives the manager that is killed in a story.
#pragma once

#include "store/journal.h"

namespace tanist::store {

class MemoryJournal : public Journal {
 public:
  Result<RecoveryId> begin(const std::string& cluster, const std::string& kind, const std::string& plan,
                           WallTime now) override;
  Status step_intent(RecoveryId id, const StepIntent& step, WallTime now) override;
  Status step_result(RecoveryId id, int number, StepOutcome outcome, const std::string& result,
                     WallTime now) override;
  Status finish(RecoveryId id, RecoveryOutcome outcome, const std::string& result, WallTime now) override;
  Result<std::vector<RecoveryRecord>> unfinished() override;
  Result<std::vector<RecoveryRecord>> history(Which which = {}) override;

  void break_writes(bool broken) { broken_ = broken; }

 private:
  Result<RecoveryRecord*> open_recovery(RecoveryId id);

  bool broken_ = false;
  std::vector<RecoveryRecord> records_;
};

}  // namespace tanist::store

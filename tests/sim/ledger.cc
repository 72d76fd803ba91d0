#include "ledger.h"

#include <fmt/format.h>

namespace tanist::sim {

using store::RecoveryId;
using store::RecoveryOutcome;
using store::StepOutcome;

class Ledger::View : public store::Journal {
 public:
  explicit View(Ledger& ledger) : ledger_(ledger) {}

  Result<RecoveryId> begin(const std::string& cluster, const std::string& kind, const std::string& plan,
                           WallTime now) override {
    // The journal itself refuses the second one: who tries has not looked.
    if (ledger_.open_recoveries_ > 0) ledger_.world_.violation("R7", "two recoveries at a time");
    auto id = ledger_.journal_.begin(cluster, kind, plan, now);
    if (!id) return id;
    ledger_.world_.say("journal: recovery begins");
    ++ledger_.recoveries_;
    ++ledger_.open_recoveries_;
    return id;
  }
  Status step_intent(RecoveryId id, const store::StepIntent& step, WallTime now) override {
    auto done = ledger_.journal_.step_intent(id, step, now);
    if (done) ++ledger_.open_steps_;
    ledger_.world_.say(fmt::format("journal: step {} {} {}", step.number, step.name, step.target));
    return done;
  }
  Status step_result(RecoveryId id, int number, StepOutcome outcome, const std::string& result,
                     WallTime now) override {
    auto done = ledger_.journal_.step_result(id, number, outcome, result, now);
    if (done) --ledger_.open_steps_;
    ledger_.world_.say(fmt::format("journal: step {} {} {}", number, store::to_string(outcome), result));
    return done;
  }
  Status finish(RecoveryId id, RecoveryOutcome outcome, const std::string& result, WallTime now) override {
    auto done = ledger_.journal_.finish(id, outcome, result, now);
    if (done) --ledger_.open_recoveries_;
    ledger_.world_.say(fmt::format("journal: recovery ends, {}: {}", store::to_string(outcome), result));
    return done;
  }
  Result<std::vector<store::RecoveryRecord>> unfinished() override { return ledger_.journal_.unfinished(); }
  Result<std::vector<store::RecoveryRecord>> history(store::Which which) override {
    return ledger_.journal_.history(which);
  }

 private:
  Ledger& ledger_;
};

std::unique_ptr<store::Journal> Ledger::open() { return std::make_unique<View>(*this); }

}  // namespace tanist::sim

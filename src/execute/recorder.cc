#include "execute/recorder.h"

#include <fmt/format.h>

namespace tanist::execute {

sys::Task<Status> Recorder::run(Unwritten unwritten, plan::StepKind kind, ServerId target, std::string what,
                                sys::Task<Status> act, Note note) {
  int number = ++last_number_;
  store::StepIntent intent{number, std::string(plan::to_string(kind)), target.text, what, notes_};
  auto written = world_.journal.step_intent(recovery_, intent, world_.clock.wall_now());
  if (written) notes_.clear();
  if (!written && unwritten == Unwritten::refuse) {
    co_return fail(written.error().during("journal the intent to " + what));
  }
  if (!written) {
    world_.log.warning(fmt::format("The journal could not be written ({}); this is done all the same: {} {}",
                                   written.error().what, what, target.text));
  }

  TimePoint began = world_.clock.now();
  Status done = co_await std::move(act);
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(world_.clock.now() - began).count();

  auto outcome = done ? store::StepOutcome::done : store::StepOutcome::failed;
  std::string result = note ? note() : done ? "" : done.error().what;
  if (written) {
    auto closed = world_.journal.step_result(recovery_, number, outcome, result, world_.clock.wall_now());
    if (!closed) world_.log.warning("The journal could not be written: " + closed.error().what);
  }
  world_.log.debug(fmt::format("step {} {} {}: {} in {} ms{}{}", number, plan::to_string(kind), target.text,
                               done ? "done" : "failed", took, result.empty() ? "" : ": ", result));
  co_return done;
}

void Recorder::finish(int exit_code, const std::string& why) {
  auto outcome = exit_code == 0    ? store::RecoveryOutcome::succeeded
                 : exit_code == 10 ? store::RecoveryOutcome::incomplete
                                   : store::RecoveryOutcome::failed;
  finish(outcome, why);
}

void Recorder::finish(store::RecoveryOutcome outcome, const std::string& why) {
  auto written = world_.journal.finish(recovery_, outcome, why, world_.clock.wall_now());
  if (!written) world_.log.warning("The journal could not be written: " + written.error().what);
}

}  // namespace tanist::execute

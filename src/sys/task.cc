#include "sys/task.h"

namespace tanist::sys {

namespace {

// The detached tasks that have not ended. One that still waits when its loop ends is abandoned on purpose: it
// is never resumed and never freed, because its locals may refer to what is already gone, and a program on
// its way out must not run them. This list is how a leak checker tells abandoned from lost.
class Running {
 public:
  Running() : next_(first_), link_(&first_) {
    if (next_) next_->link_ = &next_;
    first_ = this;
  }
  ~Running() {
    *link_ = next_;
    if (next_) next_->link_ = link_;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  static thread_local Running* first_;
  Running* next_;
  Running** link_;  // what points to us
};
thread_local Running* Running::first_ = nullptr;

detail::Detached drive(Task<void> task) {
  Running listed;
  co_await std::move(task);
}

}  // namespace

void start_detached(Task<void> task) { drive(std::move(task)); }

Task<void> sleep_until(Clock& clock, TimePoint when) {
  Completion<bool> woken;
  clock.call_at(when, [woken] { woken.set(true); });
  co_await woken;
}

Task<void> when_all(std::vector<Task<void>> tasks) {
  TaskGroup group;
  for (auto& task : tasks) group.start(std::move(task));
  co_await group.wait();
}

Task<void> TaskGroup::run(std::shared_ptr<State> state, Task<void> task) {
  co_await std::move(task);
  if (--state->running == 0 && state->idle) state->idle->set(true);
}

void TaskGroup::start(Task<void> task) {
  ++state_->running;
  start_detached(run(state_, std::move(task)));
}

Task<void> TaskGroup::wait() {
  while (state_->running > 0) {
    state_->idle.emplace();
    Completion<bool> idle = *state_->idle;
    co_await idle;
  }
}

void Event::set() {
  set_ = true;
  clock_.call_at(clock_.now(), [waiters = std::exchange(waiters_, {})] {
    for (const auto& waiter : waiters) waiter.set(true);
  });
}

Task<bool> Event::wait_until(TimePoint deadline) {
  if (set_) co_return true;
  Completion<bool> woken;
  waiters_.push_back(woken);
  Clock::TimerId timer = clock_.call_at(deadline, [woken] { woken.set(false); });
  bool was_set = co_await woken;
  clock_.cancel(timer);
  std::erase_if(waiters_, [](const Completion<bool>& waiter) { return waiter.is_set(); });
  co_return was_set;
}

}  // namespace tanist::sys

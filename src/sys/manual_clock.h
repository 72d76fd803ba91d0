// A clock that moves only when told: for unit tests and the simulated world. Timers run in order of time, then of
// their setting; run_until_idle jumps from timer to timer, so that hours cost microseconds.
#pragma once

#include <map>

#include "sys/clock.h"

namespace tanist::sys {

class ManualClock : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall_now() const override {
    return start_ + std::chrono::duration_cast<WallTime::duration>(now_.time_since_epoch());
  }
  TimerId call_at(TimePoint when, std::function<void()> callback) override {
    TimerId id = ++last_id_;
    timers_.emplace(std::pair(std::max(when, now_), id), std::move(callback));
    return id;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }

  // Runs the next timer; false if there is none, or none up to `limit`.
  bool step(TimePoint limit = TimePoint::max()) {
    if (timers_.empty() || timers_.begin()->first.first > limit) return false;
    auto first = timers_.extract(timers_.begin());
    now_ = std::max(now_, first.key().first);
    first.mapped()();
    return true;
  }
  void run_until_idle() {
    while (step()) {
    }
  }
  void advance(Duration duration) {
    TimePoint target = now_ + duration;
    while (step(target)) {
    }
    now_ = target;
  }

 private:
  TimePoint now_{};
  WallTime start_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  TimerId last_id_ = 0;
  std::map<std::pair<TimePoint, TimerId>, std::function<void()>> timers_;
};

}  // namespace tanist::sys

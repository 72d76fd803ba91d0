// Time comes in through here and nowhere else, so that the simulator can own it.
#pragma once

#include <functional>

#include "base/ids.h"

namespace tanist::sys {

class Clock {
 public:
  using TimerId = uint64_t;

  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;      // monotonic: for every decision and deadline
  virtual WallTime wall_now() const = 0;  // for people, file names and file ages only

  // Calls back once, from the event loop, never from inside this call; a time in the past means "next turn".
  virtual TimerId call_at(TimePoint when, std::function<void()> callback) = 0;
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace tanist::sys

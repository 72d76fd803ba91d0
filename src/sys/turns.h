// One task at a time, in the order they came. Nobody waits longer than the ones before him take: deadlines are theirs.
#pragma once

#include <deque>

#include "sys/task.h"

namespace tanist::sys {

class Turns {
 public:
  Task<void> begin();
  void end();

 private:
  bool taken_ = false;
  std::deque<Completion<bool>> waiting_;
};

}  // namespace tanist::sys

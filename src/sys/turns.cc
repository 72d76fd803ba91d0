#include "sys/turns.h"

namespace tanist::sys {

Task<void> Turns::begin() {
  if (!std::exchange(taken_, true)) co_return;
  Completion<bool> called = waiting_.emplace_back();
  co_await called;
}

void Turns::end() {
  taken_ = !waiting_.empty();
  if (!taken_) return;
  Completion<bool> next = waiting_.front();
  waiting_.pop_front();
  next.set(true);
}

}  // namespace tanist::sys

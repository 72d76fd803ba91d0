#include "daemon/happenings.h"

namespace tanist::daemon {

namespace {
constexpr size_t kKept = 1000;
}

void Happenings::tell(Happening happening) {
  listener_(happening);
  known_.push_back({++last_, std::move(happening)});
  if (known_.size() > kKept) known_.pop_front();
  more_.set();  // wakes those who wait now
  more_.clear();
}

sys::Task<std::vector<Happenings::Numbered>> Happenings::after(uint64_t number, TimePoint deadline) {
  if (number > last_) number = last_;  // of an earlier process
  if (number == last_) co_await more_.wait_until(deadline);
  std::vector<Numbered> found;
  for (const Numbered& one : known_)
    if (one.number > number) found.push_back(one);
  co_return found;
}

}  // namespace tanist::daemon

// What happens to the clusters, for those who listen: each thing has a number, and a listener who was away for a moment
// goes on where it was.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sys/clock.h"
#include "sys/task.h"

namespace tanist::daemon {

struct Happening {
  std::string kind;  // state, finding, recovery, alarm, alarm_over
  std::string cluster;
  WallTime at;
  std::string name;      // of the state, the rule, the recovery's outcome
  std::string sentence;
};

class Happenings {
 public:
  explicit Happenings(sys::Clock& clock) : clock_(clock), more_(clock) {}

  void tell(Happening happening);
  void listen(std::function<void(const Happening&)> listener) { listener_ = std::move(listener); }

  struct Numbered {
    uint64_t number;
    Happening happening;
  };
  uint64_t last() const { return last_; }
  // Those behind `number` that are still known, at once if there are any, else the next ones; none at the deadline.
  sys::Task<std::vector<Numbered>> after(uint64_t number, TimePoint deadline);

 private:
  sys::Clock& clock_;
  sys::Event more_;
  std::function<void(const Happening&)> listener_ = [](const Happening&) {};
  uint64_t last_ = 0;
  std::deque<Numbered> known_;
};

}  // namespace tanist::daemon

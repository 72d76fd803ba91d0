// When a server that does not answer is dead enough to be forgotten. A single look proves nothing: a busy machine misses
// it. Pure.
#pragma once

#include <optional>

#include "base/ids.h"

namespace tanist::compat {

enum class Life { answers, silent, dead };

class SilenceRecord {
 public:
  void answered() { since_.reset(); }
  // `refused`: its host says that nobody listens there.
  void silent(TimePoint at, bool refused) {
    if (!since_) {
      since_ = at;
      refused_ = true;
      looks_ = 0;
    }
    last_ = at;
    refused_ = refused_ && refused;
    ++looks_;
  }
  // Dead: in each of several looks the port was refused for `patience`, or nothing came for three times as long.
  Life life(Duration patience) const {
    constexpr int kFewestLooks = 3;
    if (!since_) return Life::answers;
    const bool long_enough = last_ - *since_ >= (refused_ ? patience : 3 * patience);
    return looks_ >= kFewestLooks && long_enough ? Life::dead : Life::silent;
  }

 private:
  std::optional<TimePoint> since_;
  TimePoint last_{};
  bool refused_ = true;
  int looks_ = 0;
};

}  // namespace tanist::compat

// What stands against a cluster at this moment though its primary answers: each once, from when it is first seen until
// whoever saw it sees it no longer.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sys/clock.h"

namespace tanist::daemon {

struct Alarm {
  std::string rule;   // of the table that found it
  std::string about;  // host(ip:port); empty: the cluster
  std::string sentence;
  std::vector<std::string> evidence;
  WallTime since{};  // filled in by Alarms
};

class Alarms {
 public:
  enum class Change { begins, ends };
  using Listener = std::function<void(const Alarm&, Change)>;
  Alarms(sys::Clock& clock, Listener listener) : clock_(clock), listener_(std::move(listener)) {}

  // All that `source`, one of those who look, sees now. Of what it saw before the sentence and evidence become those of
  // now, and the listener is told only of what is new and of what is over.
  void standing(const std::string& source, std::vector<Alarm> now);

  std::vector<Alarm> all() const;  // the oldest first

 private:
  sys::Clock& clock_;
  Listener listener_;
  std::map<std::string, std::vector<Alarm>> by_source_;
};

}  // namespace tanist::daemon

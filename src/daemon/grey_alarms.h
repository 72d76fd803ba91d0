// What is wrong with a primary that answers, as alarms.
#pragma once

#include "daemon/alarms.h"
#include "detect/grey.h"

namespace tanist::daemon {

inline constexpr const char* kGreySource = "grey";

inline std::vector<Alarm> grey_alarms(const std::string& primary, const std::vector<detect::Condition>& standing) {
  std::vector<Alarm> alarms;
  for (const detect::Condition& one : standing) {
    Alarm& alarm = alarms.emplace_back();
    alarm.rule = one.rule;
    alarm.about = primary;
    alarm.sentence = one.sentence;
    alarm.evidence = one.evidence;
  }
  return alarms;
}

}  // namespace tanist::daemon

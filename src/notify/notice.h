// What happened to a cluster, for those who are not looking. Pure.
#pragma once

#include <string>

#include "base/ids.h"

namespace tanist::notify {

struct Notice {
  std::string cluster;
  std::string kind;  // recovery, alarm, alarm_over, finding, state
  std::string name;  // outcome, rule, state
  std::string sentence;
  WallTime at;
  std::string manager;  // the host that says so
  bool operator==(const Notice&) const = default;
};

std::string json_text(const Notice& notice);
std::string subject(const Notice& notice);  // one line
// A whole mail, its header included. `to`: addresses by comma.
std::string mail_text(const Notice& notice, const std::string& to);

}  // namespace tanist::notify

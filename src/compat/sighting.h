// What the health file and the process table say together about a manager.
#pragma once

#include <chrono>
#include <vector>

#include "base/result.h"
#include "compat/locate.h"
#include "compat/status_file.h"

namespace tanist::compat {

struct Sighting {
  ManagerState state = ManagerState::not_running;
  Health health;                 // what the file says; default if there is no file
  int group = 0;                 // the process group that its writer leads; 0 if it leads none
  std::vector<int> left_behind;  // partially_running: who of that group is still there
  std::chrono::seconds age{};    // of the file
};

// `ping_limit`: a PING_OK older than this is timestamp_old.
Result<Sighting> sight(const Located& located, std::chrono::seconds ping_limit, World& world);

}  // namespace tanist::compat

// Times as text: local in file names and for people, UTC for programs.
#pragma once

#include <string>

#include "base/ids.h"

namespace tanist::sys {

std::string local_stamp(WallTime time);          // YYYYMMDDhhmmss
std::string readable_local_time(WallTime time);  // YYYY-MM-DD hh:mm:ss
std::string utc(WallTime time);                  // 2026-11-20T21:00:00Z

}  // namespace tanist::sys

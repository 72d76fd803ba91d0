// Local time as it stands in file names, and for people.
#pragma once

#include <string>

#include "base/ids.h"

namespace tanist::sys {

std::string local_stamp(WallTime time);          // YYYYMMDDhhmmss
std::string readable_local_time(WallTime time);  // YYYY-MM-DD hh:mm:ss

}  // namespace tanist::sys

// Local time as it stands in file names.
#pragma once

#include <string>

#include "base/ids.h"

namespace tanist::sys {

std::string local_stamp(WallTime time);  // YYYYMMDDhhmmss

}  // namespace tanist::sys

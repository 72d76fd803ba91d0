// --manager_version, which MHA's manager sends to every node command: managers before 0.54 are refused.
#pragma once

#include <string_view>

#include "base/result.h"

namespace tanist::nodetools {

// Empty: no check. Compared as a decimal number, as the original does: 0.100 is 0.1. More numbers behind the
// second are ignored.
Status check_manager_version(std::string_view version);

}  // namespace tanist::nodetools

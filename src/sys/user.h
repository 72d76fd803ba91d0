// Who runs this process.
#pragma once

#include <string>

namespace tanist::sys {

// Login name of the effective user; its number if it has none (a container without a passwd entry).
std::string login_name();

}  // namespace tanist::sys

// Many clusters in one process do the same thing in the same period: each at its own moment of it.
#pragma once

#include <functional>
#include <string>

#include "base/ids.h"

namespace tanist::manager {

// From zero up to `period`, the same for the same name.
inline Duration moment_of(const std::string& name, Duration period) {
  return Duration(static_cast<Duration::rep>(std::hash<std::string>{}(name) % static_cast<size_t>(period.count())));
}

}  // namespace tanist::manager

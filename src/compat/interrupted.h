// What a manager that died has left half done comes first: it is finished or undone before anything else is begun.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "manager/cluster.h"

namespace tanist::compat {

struct Interruption {
  std::optional<ServerId> new_primary;  // a recovery was finished just now, and this one is the primary
  int exit_code = 0;                    // 0 or 10
  std::string why;                      // what became of it; empty: there was none
};

// For whoever holds the lock of the cluster's failovers. An error: nothing may begin, it says why.
sys::Task<Result<Interruption>> deal_with_interrupted(manager::Cluster& cluster, std::function<Status()> still_ours);

// The same at the beginning of a watch. Who holds that lock is at work: there is nothing to deal with yet.
sys::Task<Status> deal_with_interrupted(manager::Cluster& cluster);

}  // namespace tanist::compat

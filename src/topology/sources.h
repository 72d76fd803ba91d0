// Who replicates from whom, by address, and so: who is the primary.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/snapshot.h"

namespace tanist::topology {

// The configured server that this replica's source address means, or nullptr.
const Member* source_of(const ReplicaStatus& replica, const std::vector<Member>& members);

struct PrimaryFound {
  std::optional<ServerId> primary;
  std::string problem;  // why there is no single one; a primary may be named all the same
};
PrimaryFound find_primary(const std::vector<Member>& members);

}  // namespace tanist::topology

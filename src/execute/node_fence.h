// What `tanist-node fence` said on a dead primary's host.
#pragma once

#include <string>
#include <vector>

namespace tanist::execute {

struct NodeFence {
  std::string reason;                      // why it proved nothing; empty if it did
  std::vector<std::string> stopped_units;  // of systemd; they stay down until somebody starts them
};

// Output that is no JSON is a reason itself.
NodeFence read_fence(const std::string& output);

}  // namespace tanist::execute

// The node command apply_diff_relay_logs, with MHA's options and exit codes: on the replica that has received
// most, find and make what another misses (relay_diff.h); on the other, apply it (apply_files.h).
#pragma once

#include <string>
#include <vector>

#include "nodetools/node_world.h"
#include "sys/task.h"

namespace tanist::nodetools {

inline constexpr int kApplyRefused = 22;  // the mysql client did not take everything

sys::Task<int> apply_diff_relay_logs(std::vector<std::string> args, NodeWorld& world);

}  // namespace tanist::nodetools

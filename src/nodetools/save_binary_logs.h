// The node command save_binary_logs: what a primary, or a relay log, has from a position on, as one file that
// mysqlbinlog can read, or as its text. MHA's options and exit codes.
#pragma once

#include <string>
#include <vector>

#include "nodetools/node_world.h"
#include "sys/task.h"

namespace tanist::nodetools {

inline constexpr int kSaved = 0;
inline constexpr int kNothingToSave = 10;  // no event from the position on; the output has only its head
inline constexpr int kSaveFailed = 1;

sys::Task<int> save_binary_logs(std::vector<std::string> args, NodeWorld& world);

}  // namespace tanist::nodetools

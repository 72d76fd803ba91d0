// The node command save_binary_logs: what a primary, or a relay log, has from a position on, as one file that
// mysqlbinlog can read. MHA's options and exit codes, raw mode.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "sys/files.h"

namespace tanist::nodetools {

inline constexpr int kSaved = 0;
inline constexpr int kNothingToSave = 10;  // no event from the position on; the output has only its head
inline constexpr int kSaveFailed = 1;

int save_binary_logs(std::span<const std::string> args, sys::Files& files, std::ostream& out,
                     std::ostream& err);

}  // namespace tanist::nodetools

// How much room is left on the file systems that a server writes to, asked over ssh: with coreutils and util-linux alone,
// and without writing anything there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "detect/grey.h"
#include "remote/shell.h"
#include "topology/server_state.h"

namespace tanist::manager {

// Its data and its binary logs.
std::vector<std::string> folders_of(const topology::ServerState& state);
std::vector<std::string> disk_command(const std::vector<std::string>& folders);
// One line each, in their order; what cannot be read is left out.
std::vector<detect::Disk> read_disks(const std::vector<std::string>& folders, const std::string& output);

}  // namespace tanist::manager

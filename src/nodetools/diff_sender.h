// Brings a diff file to the replica that lacks it, by the ssh options MHA's manager names.
#pragma once

#include <string>

#include "base/options.h"
#include "nodetools/node_world.h"
#include "remote/shell.h"

namespace tanist::nodetools {

// From --scp_user, --scp_host, --scp_port and --ssh_options.
remote::Host scp_target(const Options& options);

// Whether the host lets us in.
sys::Task<Status> check_ssh(NodeWorld& world, remote::Host host);
// To the same path there, its directory made, the content compared by SHA-256; three attempts.
sys::Task<Status> send_diff(NodeWorld& world, remote::Host host, std::string path);

}  // namespace tanist::nodetools

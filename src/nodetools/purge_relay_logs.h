// The node command purge_relay_logs: deletes the applied relay logs of a replica that keeps them for MHA's
// sake (relay_log_purge=0), from cron.
#pragma once

#include <string>
#include <vector>

#include "nodetools/node_world.h"
#include "sys/task.h"

namespace tanist::nodetools {

sys::Task<int> purge_relay_logs(std::vector<std::string> args, NodeWorld& world);

}  // namespace tanist::nodetools

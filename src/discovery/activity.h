// What a server's clients are doing, and what a replica of it would filter: asked before a planned switch.
#pragma once

#include <optional>

#include "mysql/session.h"
#include "sys/task.h"
#include "topology/activity.h"
#include "topology/server_state.h"

namespace tanist::discovery {

// The process list, without the one that asks.
sys::Task<mysql::Answer<std::vector<topology::Connection>>> look_at_connections(mysql::Session& session,
                                                                                TimePoint deadline);
// And whose transactions are open.
sys::Task<mysql::Answer<topology::Activity>> look_at_activity(mysql::Session& session, TimePoint deadline);

// The replication filters that hold for every channel, also on a server that has none yet. Nothing: this
// server does not tell them (MySQL before 8.0), or not to us.
sys::Task<std::optional<topology::ReplicationFilters>> replication_filters(mysql::Session& session,
                                                                           TimePoint deadline);

}  // namespace tanist::discovery

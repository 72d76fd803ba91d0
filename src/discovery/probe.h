// One look at one server: a few statements, each answer a field of topology::ServerState.
#pragma once

#include "mysql/session.h"
#include "sys/task.h"
#include "topology/server_state.h"

namespace tanist::discovery {

// Four round trips, up to three more on some replicas, on primaries and semi-synchronous sources; all of them within `deadline`.
sys::Task<mysql::Answer<topology::ServerState>> probe(mysql::Session& session, TimePoint deadline);

// Whether the account may replicate from this server, by its grants; nothing if they cannot be read, or name roles.
sys::Task<std::optional<bool>> may_replicate(mysql::Session& session, std::string user, TimePoint deadline);

// A silent or refusing server as the pure rooms see it.
topology::NoAnswer as_no_answer(const mysql::Failure& failure);

}  // namespace tanist::discovery

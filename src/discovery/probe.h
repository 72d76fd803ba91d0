// One look at one server: a few statements, each answer a field of topology::ServerState.
#pragma once

#include "mysql/session.h"
#include "sys/task.h"
#include "topology/server_state.h"

namespace tanist::discovery {

// Three or four round trips; all of them within `deadline`.
sys::Task<mysql::Answer<topology::ServerState>> probe(mysql::Session& session, TimePoint deadline);

// Whether the account may replicate from this server, asked of the privilege tables; nothing if that cannot be read.
sys::Task<std::optional<bool>> may_replicate(mysql::Session& session, std::string user, TimePoint deadline);

// A silent or refusing server as the pure rooms see it.
topology::NoAnswer as_no_answer(const mysql::Failure& failure);

}  // namespace tanist::discovery

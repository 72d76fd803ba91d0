// What a source tells of the replicas that are connected to it.
#pragma once

#include <string>
#include <vector>

#include "mysql/session.h"
#include "topology/server_state.h"

namespace tanist::discovery {

// Where the source shows the passwords its replicas reported (show_slave_auth_info), those columns are not read.
std::vector<topology::RegisteredReplica> read_registered(const mysql::Rows& rows);
// Hosts of connections, "host:port" in the answer, without the port: it is not the server's.
std::vector<std::string> read_receivers(const mysql::Rows& rows);

}  // namespace tanist::discovery

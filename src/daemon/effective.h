// The configuration that a keeper works with: what the file says, and what has happened since it was written.
// The file itself is never edited. Pure.
#pragma once

#include <optional>
#include <vector>

#include "config/cluster.h"
#include "store/memory.h"

namespace tanist::daemon {

// Without the servers that were replaced as primary and have not found their way back: they are no part of the
// cluster, whatever they say of themselves. And a replica that is dead keeps nobody from replacing a dead
// primary: MHA wants a person's word for that (ignore_fail=1), at the price of a cluster that nobody can write to.
// With discover=1 adopted replicas that have no section follow behind the servers of the file.
config::ClusterConfig effective_config(config::ClusterConfig file, const store::ClusterMemory& memory);

// Those that a person has paused are not promoted and not cared for.
void spare(config::ClusterConfig& config, const std::vector<store::Address>& paused);

// An adopted replica as such a configuration has it: with what the file says for every server, never promoted, and not set
// read-only by care, because somebody may have a reason to write there.
config::ServerConfig adopted_server(const config::ClusterConfig& file, const store::Adopted& adopted);

// The server of the file that is there, by its name or its address.
const config::ServerConfig* server_at(const config::ClusterConfig& file, const std::string& host, const std::string& ip, uint16_t port);

store::Address address_of(const config::ServerConfig& server);
const config::ServerConfig* find_server(const config::ClusterConfig& cluster, const store::Address& address);

}  // namespace tanist::daemon

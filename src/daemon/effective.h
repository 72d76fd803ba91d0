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
config::ClusterConfig effective_config(config::ClusterConfig file, const store::ClusterMemory& memory);

// Those that a person has paused are not promoted and not cared for.
void spare(config::ClusterConfig& config, const std::vector<store::Address>& paused);

store::Address address_of(const config::ServerConfig& server);
const config::ServerConfig* find_server(const config::ClusterConfig& cluster, const store::Address& address);

}  // namespace tanist::daemon

// What the configuration says, in the words of topology, plan, hooks and ssh.
#pragma once

#include <string>
#include <vector>

#include "config/cluster.h"
#include "hooks/arguments.h"
#include "plan/plan.h"
#include "remote/shell.h"
#include "topology/snapshot.h"

namespace tanist::execute {

std::vector<topology::ServerFacts> server_facts(const config::ClusterConfig& cluster);

// As the dead primary's configuration says, without any option of a command.
plan::Policy default_policy(const config::ClusterConfig& cluster, const ServerId& dead);

// `ssh_reachable` chooses the ssh option set that hooks are told (reference mha-manager.md 3.1).
hooks::HookServer hook_server(const config::ServerConfig& server, const config::ClusterConfig& cluster,
                              bool ssh_reachable);

// How ssh reaches that server's host.
remote::Host remote_host(const config::ServerConfig& server);

}  // namespace tanist::execute

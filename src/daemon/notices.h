// Which of the things that happen to a cluster are told to whom: what its file says of notices.
#pragma once

#include <optional>
#include <vector>

#include "config/cluster.h"
#include "daemon/fleet.h"
#include "notify/post.h"

namespace tanist::daemon {

bool is_worth_a_notice(const Happening& what, const config::NotifyOn& wanted);
std::vector<notify::Way> ways_of(const config::ClusterConfig& cluster);
// Does not wait for anything. `manager`: the host's name.
void notify_of(const Happening& what, Fleet& fleet, const std::string& manager, notify::Post& post);

}  // namespace tanist::daemon

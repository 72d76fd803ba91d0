// The machines of a scenario before anything happens: the manager, the servers (the first is the primary, all
// others replicate from it), the clients.
#pragma once

#include "scenario.h"
#include "world.h"

namespace tanist::sim {

inline constexpr int kManager = 0;  // its host

void make_servers(World& world, const Scenario& scenario);

}  // namespace tanist::sim

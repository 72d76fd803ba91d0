// The clients of a server that must not be written to any more.
#pragma once

#include "execute/server.h"
#include "execute/world.h"

namespace tanist::execute {

// Ends their connections; says how many. They can only be told that they are in the wrong place; and who has a
// transaction open, and may write through read_only, would commit it when nothing holds him up any more. A statement that
// only reads may come to its end.
sys::Task<Status> end_clients(World& world, Server& server);

}  // namespace tanist::execute

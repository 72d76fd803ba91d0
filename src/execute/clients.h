// The clients of a server that must not be written to any more.
#pragma once

#include "execute/server.h"
#include "execute/world.h"

namespace tanist::execute {

enum class Whom {
  not_readers,  // a statement that only reads may come to its end
  everybody,
};

// Ends their connections, but for one of ours; says how many. They can only be told that they are in the wrong place; and who has a
// transaction open, and may write through read_only, would commit it when nothing holds him up any more.
sys::Task<Status> end_clients(World& world, Server& server, Whom whom = Whom::not_readers, uint64_t ours = 0);

}  // namespace tanist::execute

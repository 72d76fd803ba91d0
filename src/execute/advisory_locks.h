// The locks by which managers keep out of each other's way (reference mha-manager.md 5.7): by MHA's names, so
// that the two programs see each other. A lock goes with the connection that took it.
#pragma once

#include <string>
#include <vector>

#include "execute/server.h"

namespace tanist::execute {

inline constexpr const char* kMonitorLock =
    "MHA_Master_High_Availability_Monitor";  // on the primary: it is watched
inline constexpr const char* kFailoverLock =
    "MHA_Master_High_Availability_Failover";  // on replicas: they are moved

// Errc::conflict with `who` as the guess who holds it, if somebody else does.
sys::Task<Status> take_lock(sys::Clock& clock, Server& server, std::string name, unsigned wait_seconds,
                            std::string who);
sys::Task<Status> take_failover_locks(sys::Clock& clock, std::vector<Server*> servers, unsigned wait_seconds);
// Of every server that has it; a lost connection has released it already.
sys::Task<void> release_locks(sys::Clock& clock, std::vector<Server*> servers, std::string name);

}  // namespace tanist::execute

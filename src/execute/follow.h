// A replica is pointed at its new primary: the same in a failover and in a planned switch. Nothing that it
// has received and not applied is lost on the way (R2).
#pragma once

#include "execute/progress.h"

namespace tanist::execute {

struct FollowOrder {
  const config::ServerConfig& next;
  gtid::LogCoordinates from;   // where the log of `next` stood when it had everything and nothing of its own
  bool auto_position = false;  // MySQL by GTID, however it found its place before
  topology::ReplicaStatus before;  // its settings: what is not changed stays
  topology::ServerState found;     // its version and the settings that a CHANGE takes away
  topology::ReplicaStatus now;     // where it stands
  Goal goal;                       // what it has to have before it is moved
  bool source_ends_there = false;  // its source's log ends there: who has more is not where he is taken to be
  bool wait_applied = true;        // also where a GTID would find what is missing
  bool keep_relay_logs = false;    // it applies late on purpose: it goes on applying them in its own time
};

// `changed` is true as soon as its settings are the new ones, even if it does not start.
sys::Task<Status> follow(World& world, Server& replica, FollowOrder order, const bool& give_up,
                         bool& changed);

// Who it is told to follow, by name or by address as before, and with which account.
mysql::ChangeSource new_source(const config::ServerConfig& next, const topology::ReplicaStatus& before);
// How often it is to hear an idle source, if its configuration says so (heartbeat_period).
std::optional<uint32_t> wanted_heartbeat(const config::ServerConfig& replica);

}  // namespace tanist::execute

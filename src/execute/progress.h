// How far a replica is, and waiting for it to get further. Every wait ends: it gives up when nothing moved for a
// while, not after a fixed time, because a replica that is 200,000 transactions behind is slow and not stuck.
#pragma once

#include "execute/server.h"
#include "execute/stand_in.h"
#include "execute/world.h"
#include "mysql/change_source.h"
#include "plan/plan.h"
#include "topology/snapshot.h"

namespace tanist::execute {

// What everybody is to have: the end of the last complete transaction that anybody reachable holds.
struct Goal {
  gtid::LogCoordinates end;  // in the dead primary's log; empty: the replica reads another log, only GTIDs count
  std::string gtids;         // the same as a GTID set or position; empty: unknown
  bool exact = false;        // false: the end of what the latest replica received, perhaps within a transaction
};
Goal goal_of(const plan::Plan& plan, const plan::DeadHost& dead_host,
             const std::vector<plan::RelayReach>& relay_reach, const StandIn* stand_in);
// All that a replica has applied, for one that replicates from it by GTID: positions in its log say nothing here.
Result<Goal> goal_of_source(const topology::ServerState& source);

enum class Until { received, applied };

// Pure: is this state at the goal?
bool has_received(const topology::ServerState& state, const Goal& goal);
bool has_applied(const topology::ServerState& state, const Goal& goal);
// The applier says that it has read all of its relay log.
bool applier_is_idle(const topology::ReplicaStatus& status);
// It is at work on something that the goal needs: one statement may take hours and moves nothing meanwhile.
bool is_applying(const topology::ServerState& state, const Goal& goal);
// How long a receiver may stand still: longer than it waits itself before it connects again.
Duration receive_stall(const topology::ServerState& state);

// Both end early when `give_up` becomes true: the failover is being undone.
sys::Task<Result<topology::ServerState>> wait_until_progress(World& world, Server& replica, Goal goal, Until until,
                                                             const bool& give_up);
// The applier has done all it can with its own relay logs; a half transaction at their end does not count.
sys::Task<Status> wait_own_relay_applied(World& world, Server& replica, const bool& give_up);
// Both threads run, for at most `limit`; an applier error ends the wait early.
sys::Task<Status> wait_replicating(World& world, Server& replica, std::string source_address, Duration limit);

// MariaDB with GTID throws received events away when it is started with both threads stopped (reference
// standin-protocol.md 6.3): there a receiver stops only while the applier runs.
bool receiver_may_restart(const topology::ServerState& state);
// It did that already: only a position-mode CHANGE that keeps the relay logs saves them.
bool keeps_events_only_by_position(const topology::ServerState& state);
mysql::ChangeSource keep_received(const topology::ReplicaStatus& replica);

// Where a replica is pointed for the drain, and how it was before.
// `with_account`: a password can be set again afterwards only where the configuration knows it; elsewhere the replica
// keeps its own account.
mysql::ChangeSource stand_in_source(const StandIn& stand_in, bool with_account, const topology::Member& replica);
mysql::ChangeSource native_source(const config::ServerConfig& source, const topology::Member& replica);
mysql::ChangeSource original_source(const topology::ReplicaStatus& replica);

LogPlace relay_log_of(const topology::ServerState& state);

// Who may log in to a stand-in. On the dead primary's own address the replicas keep the accounts they have; where a
// CHANGE is made they get one that lives as long as the stand-in.
std::vector<StandInUser> one_time_user(sys::Entropy& entropy);
std::optional<Secret> known_password(const config::ClusterConfig& cluster, const std::string& user);
std::vector<StandInUser> replication_users(const topology::Snapshot& snapshot, const config::ClusterConfig& cluster);

}  // namespace tanist::execute

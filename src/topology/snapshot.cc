// Folding observations into roles: reference mha-manager.md 6.11. The replicas say who the primary is; a
// server that several tiers hide is found as the one source that is dead or writable.
#include "topology/snapshot.h"

#include <algorithm>

#include "base/text.h"
#include "topology/sources.h"

namespace tanist::topology {

std::string ServerFacts::text() const { return hostname + "(" + ip + ":" + std::to_string(port) + ")"; }

std::string_view to_string(Role role) {
  switch (role) {
    case Role::primary:
      return "primary";
    case Role::replica:
      return "replica";
    case Role::failed_replica:
      return "failed replica";
    case Role::unmanaged:
      return "unmanaged";
    case Role::dead:
      return "dead";
    case Role::refusing:
      return "refusing";
    case Role::stray:
      return "stray";
  }
  return "?";
}

const Member* Snapshot::find(const ServerId& id) const {
  for (const Member& member : members)
    if (member.facts.id == id) return &member;
  return nullptr;
}

std::vector<const Member*> Snapshot::with_role(Role role) const {
  std::vector<const Member*> found;
  for (const Member& member : members)
    if (member.role == role) found.push_back(&member);
  return found;
}

std::vector<std::string> Snapshot::cluster_problems() const {
  std::vector<std::string> cluster;
  for (const std::string& problem : problems) {
    bool of_one = std::any_of(members.begin(), members.end(),
                              [&](const Member& member) { return member.problem == problem; });
    if (!of_one) cluster.push_back(problem);
  }
  return cluster;
}

namespace {

Observation latest_of(const ServerId& id, const std::vector<Observation>& observations) {
  Observation latest{id, {}, NoAnswer{Silence::timeout, 0, "not looked at yet"}};
  bool found = false;
  for (const Observation& seen : observations) {
    if (seen.server != id || (found && seen.at < latest.at)) continue;
    latest = seen;
    found = true;
  }
  return latest;
}

Role role_of_silent(const NoAnswer& answer) {
  return answer.silence == Silence::error_packet ? Role::refusing : Role::dead;
}

// A server below the primary: healthy enough unless its applier gave up.
Role role_below_primary(const ReplicaStatus& status) {
  bool failed = !status.applier_running && status.applier_errno != 0;
  return failed ? Role::failed_replica : Role::replica;
}

std::string source_text(const ReplicaStatus& status) {
  std::string text = status.source_host + ":" + std::to_string(status.source_port);
  bool resolved = !status.source_ip.empty() && status.source_ip != status.source_host;
  return resolved ? text + " (" + status.source_ip + ")" : text;
}

// Why a live server that is not the primary has no place below it; empty if it has one.
std::string why_stray(const Member& member, const Snapshot& snapshot) {
  const ServerState& state = *member.state();
  std::string name = member.facts.text();
  if (state.channels.size() > 1)
    return name + " replicates from " + std::to_string(state.channels.size()) +
           " sources: a multi-source replica cannot be managed";
  if (!state.channels.empty() && !state.replica())
    return name + " replicates through a channel named '" + state.channels.front().channel +
           "': only the unnamed one can be managed";
  if (state.channels.empty())
    return name + " is alive but is not a replica: two servers may be taking writes";
  const Member* source = source_of(*member.replica(), snapshot.members);
  if (!source)
    return name + " replicates from " + source_text(*member.replica()) +
           ", which no section of the configuration names";
  if (source->facts.id == *snapshot.primary || member.facts.multi_tier_slave) return "";
  return name + " replicates from " + source->facts.text() + " and not from the primary " +
         snapshot.primary_member()->facts.text() + ": set multi_tier_slave=1 if that is meant";
}

void give_role(Member& member, Snapshot& snapshot) {
  if (!member.alive()) {
    member.role = role_of_silent(*member.last.no_answer());
    return;
  }
  if (snapshot.primary == member.facts.id) {
    member.role = Role::primary;
    return;
  }
  if (!snapshot.primary) {
    member.role = Role::stray;
    return;
  }
  member.problem = why_stray(member, snapshot);
  if (!member.problem.empty()) {
    member.role = Role::stray;
    snapshot.problems.push_back(member.problem);
    return;
  }
  bool below_primary = source_of(*member.replica(), snapshot.members)->facts.id == *snapshot.primary;
  member.role = below_primary ? role_below_primary(*member.replica()) : Role::unmanaged;
}

}  // namespace

Snapshot build_snapshot(const std::vector<ServerFacts>& servers, const std::vector<Observation>& observations,
                        const std::optional<ServerId>& known_primary, TimePoint now) {
  Snapshot snapshot;
  snapshot.taken = now;
  for (const ServerFacts& facts : servers)
    snapshot.members.push_back(Member{facts, latest_of(facts.id, observations), Role::dead, ""});

  PrimaryFound found = find_primary(snapshot.members);
  snapshot.primary = found.primary;
  if (!found.problem.empty()) {
    snapshot.problems.push_back(found.problem);
    if (known_primary && snapshot.find(*known_primary)) snapshot.primary = known_primary;
  }
  for (Member& member : snapshot.members) give_role(member, snapshot);
  return snapshot;
}

Snapshot without(const Snapshot& snapshot, const std::set<ServerId>& gone) {
  std::vector<ServerFacts> servers;
  std::vector<Observation> observations;
  for (const Member& member : snapshot.members) {
    servers.push_back(member.facts);
    observations.push_back(member.last);
    if (gone.contains(member.facts.id)) observations.back().seen = NoAnswer{Silence::refused, 0, "assumed to be dead"};
  }
  return build_snapshot(servers, observations, snapshot.primary, snapshot.taken);
}

bool is_member(const ReplicaStatus& replica, const Snapshot& snapshot) {
  return source_of(replica, snapshot.members) != nullptr;
}

int mha_gtid_mode(const Snapshot& snapshot) {
  bool any_replica = false, any_auto_position = false, any_may_use_it = false;
  for (const Member& member : snapshot.members) {
    if (!member.alive()) continue;
    const ServerState& state = *member.state();
    if (!state.version.is_mysql() || state.gtid_mode != "ON") return 0;
    const ReplicaStatus* replica = member.replica();
    if (!replica) continue;
    if (state.executed_gtids.empty()) return 0;
    any_replica = true;
    any_auto_position |= replica->positioning == Positioning::auto_position;
    any_may_use_it |= member.facts.use_gtid_auto_pos;
  }
  if (!any_replica) return 0;
  return any_auto_position || any_may_use_it ? 1 : 2;
}

}  // namespace tanist::topology

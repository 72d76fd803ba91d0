#include <algorithm>

#include "plan/failover_checks.h"
#include "plan/steps.h"

namespace tanist::plan {

namespace {

bool fence_is_or_can_be_proven(const Policy& policy, const DeadHost& dead_host) {
  if (dead_host.fence_proven || dead_host.powered_off) return true;
  if (dead_host.fence_done) return false;
  return policy.given_up || dead_host.semi_sync_may_prove || policy.has_shutdown_script || (policy.fence_over_ssh && dead_host.ssh_reachable.value_or(true));
}

// What a replica holds is what can be read of it. One whose applier stopped at the damage in its relay logs, having
// applied all before it, has not failed: it is as sound as one that never received the rest.
Snapshot as_far_as_readable(Snapshot snapshot, const std::vector<RelayReach>& relay_reach) {
  for (const RelayReach& reach : relay_reach) {
    auto member = std::find_if(snapshot.members.begin(), snapshot.members.end(),
                               [&](const Member& one) { return one.facts.id == reach.replica; });
    if (reach.damage.empty() || member == snapshot.members.end() || !member->replica()) continue;
    topology::ReplicaStatus& status = std::get<topology::ServerState>(member->last.seen).channels.front();
    if (reach.end < status.received) status.received = std::max(status.executed, reach.end);
    bool at_damage = is_relay_read_failure(status.applier_errno) && status.executed >= reach.end;
    if (member->role == Role::failed_replica && at_damage) member->role = Role::replica;
  }
  return snapshot;
}

}  // namespace

bool is_relay_read_failure(int applier_errno) {
  return applier_errno == 1594 || applier_errno == 13121;  // the second since MySQL 8.0
}

std::optional<Refusal> check_fence(const Snapshot& snapshot, const Policy& policy, const DeadHost& dead_host) {
  if (fence_is_or_can_be_proven(policy, dead_host)) return std::nullopt;
  if (policy.given_up) return refuse_open_primary(snapshot, policy);
  if (policy.refuse_unproven_fence) return refuse_unproven_fence(snapshot, policy);
  return std::nullopt;
}

Decision plan_failover(const Snapshot& observed, const Policy& policy, const DeadHost& dead_host,
                       const std::vector<RelayReach>& relay_reach) {
  const Snapshot snapshot = as_far_as_readable(observed, relay_reach);
  if (auto refusal = check_failover(snapshot, policy)) return *refusal;
  if (auto refusal = check_fence(snapshot, policy, dead_host)) return *refusal;

  Plan plan;
  plan.old_primary = policy.dead_primary;
  plan.gtid_mode = topology::mha_gtid_mode(snapshot);
  CandidateCase candidates{snapshot, managed(snapshot), {}, nullptr, {}};
  Ranking ranking = rank(candidates.replicas);
  plan.latest_received = ranking.latest;
  plan.latest = ids_of(ranking.latest_members);
  plan.oldest_received = ranking.oldest;
  plan.oldest = ids_of(ranking.oldest_members);

  Sources sources = find_sources(policy, dead_host, relay_reach, snapshot);
  Decided decided{snapshot, policy, dead_host, sources, relay_reach, {}, snapshot.find(policy.dead_primary), nullptr};
  std::vector<Drain> left_behind;
  for (const Member* member : candidates.replicas) {
    Drain drain = drain_of(*member, sources);
    if (!drain.impossible) {
      decided.drains.push_back(std::move(drain));
      continue;
    }
    if (!member->facts.ignore_fail) return refuse_incomplete(*member, drain.why);
    candidates.barred.insert(member->facts.id);
    left_behind.push_back(std::move(drain));
  }

  candidates.latest = ranking.latest_members;
  bool relay_base = plan.gtid_mode != 1 && sources.relay && sources.relay->role == Role::replica;
  candidates.base = relay_base ? sources.relay : base_replica(candidates.latest, plan.gtid_mode);
  Choice choice = choose(candidates, policy);
  if (auto refusal = check_choice(candidates, policy, choice)) return *refusal;
  plan.new_primary = *choice.chosen;
  plan.candidates = std::move(choice.verdicts);

  decided.new_primary = snapshot.find(plan.new_primary);
  plan.steps = order_steps(decided);
  plan.warnings = warn(decided, left_behind);
  for (const Drain& drain : left_behind) plan.left_behind.push_back(drain.replica->facts.id);
  for (const Member* member : snapshot.with_role(Role::failed_replica))
    plan.left_behind.push_back(member->facts.id);
  return plan;
}

}  // namespace tanist::plan

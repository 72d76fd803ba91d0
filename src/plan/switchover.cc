#include "plan/switchover.h"

#include "base/text.h"
#include "plan/switch_checks.h"
#include "plan/switch_steps.h"

namespace tanist::plan {

namespace {

// Who may fail, and does not follow as it should, is neither promoted nor moved.
SwitchFacts without_spared(SwitchFacts facts, const SwitchPolicy& policy) {
  if (!policy.spare_ignored) return facts;
  for (Member& member : facts.snapshot.members) {
    if (member.role != Role::replica || !member.facts.ignore_fail) continue;
    const auto& replica = *member.replica();
    const bool runs = replica.receiver == topology::ReceiverState::running && replica.applier_running;
    const bool near = replica.seconds_behind && *replica.seconds_behind <= policy.seconds_behind_limit;
    if (!runs || !near) member.role = Role::failed_replica;
  }
  return facts;
}

Refusal nobody_chosen(const SwitchCase& c, const Policy& policy, const Choice& choice) {
  if (policy.forced_host) {
    const std::string wanted = *policy.forced_host + ":" + std::to_string(policy.forced_port);
    const Member* named = forced_member(c.snapshot, policy);
    if (named && named == c.primary) return {"W50", wanted + " is the primary already", ""};
    if (!named || named->role != Role::replica) {
      const std::string is = named ? ": it is " + std::string(to_string(named->role)) : "";
      return {"W50", wanted + " is no live replica of this cluster" + is, ""};
    }
    CandidateCase candidates{c.snapshot, managed(c.snapshot), managed(c.snapshot), nullptr, {}};
    if (auto bad = why_bad(*named, candidates))
      return {"W52", wanted + " may not be promoted (" + bad->rule + "): " + bad->why.what,
              bad->why.to_override};
  }
  std::vector<std::string> reasons;
  for (const CandidateVerdict& verdict : choice.verdicts)
    reasons.push_back(verdict.server.text + ": " + verdict.reason);
  return {"W55", "no replica may be promoted; " + join(reasons, "; "), ""};
}

}  // namespace

SwitchDecision plan_switch(const SwitchFacts& observed, const SwitchPolicy& policy) {
  const SwitchFacts facts = without_spared(observed, policy);
  const Snapshot& snapshot = facts.snapshot;
  SwitchCase c{facts, policy, snapshot, snapshot.primary_member(), nullptr};
  if (auto refusal = check_switch(c)) return *refusal;

  Policy choosing;
  choosing.dead_primary = c.primary->facts.id;
  choosing.forced_host = policy.forced_host;
  choosing.forced_port = policy.forced_port;
  std::vector<const Member*> replicas = managed(snapshot);
  Choice choice = choose_new_primary(snapshot, ids_of(replicas), choosing, false);
  if (!choice.chosen) return nobody_chosen(c, choosing, choice);
  c.next = snapshot.find(*choice.chosen);
  if (auto refusal = check_switch(c)) return *refusal;

  SwitchDecided decided{facts,
                        policy,
                        c.primary,
                        c.next,
                        std::move(replicas),
                        choose_block(facts, policy),
                        policy.flush_tables ? why_not_flush(facts) : "nobody asked for it"};
  SwitchPlan plan;
  plan.old_primary = c.primary->facts.id;
  plan.new_primary = c.next->facts.id;
  plan.gtid_mode = topology::mha_gtid_mode(snapshot);
  plan.block = decided.block;
  plan.old_becomes_replica = policy.old_becomes_replica;
  plan.candidates = std::move(choice.verdicts);
  for (const Member& member : snapshot.members) {
    const bool lost = !member.alive() || member.role == Role::failed_replica || member.role == Role::stray;
    if (lost) plan.left_behind.push_back(member.facts.id);
  }
  plan.steps = order_switch(decided);
  plan.warnings = warn_of_switch(decided);
  return plan;
}

}  // namespace tanist::plan

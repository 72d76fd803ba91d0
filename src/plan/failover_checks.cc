// Refuse rather than guess (R3). Rows in order, the first refusal wins; each names the facts and what would
// change it.
#include "plan/failover_checks.h"

#include <algorithm>

#include "base/text.h"
#include "plan/startup_checks.h"

namespace tanist::plan {

namespace {

using MaybeObjection = std::optional<Objection>;

std::string section_of(const Member& member) { return "[" + member.facts.id.text + "]"; }

std::string ignoring(const Member& member) { return "ignore_fail=1 in " + section_of(member); }

bool is_dead_primary(const Member& member, const Policy& policy) {
  return member.facts.id == policy.dead_primary;
}

// The first server other than the dead primary in that role that the configuration does not excuse.
const Member* unexcused(const Snapshot& snapshot, const Policy& policy, Role role) {
  for (const Member* member : snapshot.with_role(role))
    if (!is_dead_primary(*member, policy) && !member->facts.ignore_fail) return member;
  return nullptr;
}

MaybeObjection unclear_topology(const Snapshot& snapshot, const Policy&) {
  auto problems = snapshot.cluster_problems();
  if (problems.empty()) return std::nullopt;
  return Objection{problems.front(), ""};
}

MaybeObjection other_primary(const Snapshot& snapshot, const Policy& policy) {
  if (!snapshot.find(policy.dead_primary))
    return Objection{"no server " + policy.dead_primary.text + " in the configuration", ""};
  if (snapshot.primary == policy.dead_primary) return std::nullopt;
  std::string actual = snapshot.primary ? snapshot.primary_member()->facts.text() : "nobody";
  return Objection{"the primary of this cluster is " + actual + ", not " +
                       snapshot.find(policy.dead_primary)->facts.text(),
                   ""};
}

MaybeObjection primary_answers(const Snapshot& snapshot, const Policy& policy) {
  const Member& primary = *snapshot.find(policy.dead_primary);
  if (!primary.alive() || policy.given_up) return std::nullopt;
  return Objection{primary.facts.text() + " is alive: to replace a live primary, switch over", ""};
}

MaybeObjection primary_says_no(const Snapshot& snapshot, const Policy& policy) {
  const Member& primary = *snapshot.find(policy.dead_primary);
  if (primary.role != Role::refusing) return std::nullopt;
  return Objection{primary.facts.text() + " is alive: it answers with error " +
                       std::to_string(primary.last.no_answer()->number) + " (" +
                       primary.last.no_answer()->what + ")",
                   ""};
}

MaybeObjection facts_too_old(const Snapshot& snapshot, const Policy& policy) {
  for (const Member* member : managed(snapshot)) {
    Duration age = snapshot.taken - member->last.at;
    if (age <= policy.max_fact_age) continue;
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    return Objection{"what is known of " + member->facts.text() + " is " + std::to_string(seconds) + " s old",
                     ""};
  }
  return std::nullopt;
}

MaybeObjection stray_server(const Snapshot& snapshot, const Policy& policy) {
  const Member* member = unexcused(snapshot, policy, Role::stray);
  if (!member) return std::nullopt;
  return Objection{member->problem, ignoring(*member)};
}

MaybeObjection refusing_server(const Snapshot& snapshot, const Policy& policy) {
  const Member* member = unexcused(snapshot, policy, Role::refusing);
  if (!member) return std::nullopt;
  return Objection{member->facts.text() + " is alive but refuses us: error " +
                       std::to_string(member->last.no_answer()->number) + " (" +
                       member->last.no_answer()->what + ")",
                   ignoring(*member)};
}

MaybeObjection dead_server(const Snapshot& snapshot, const Policy& policy) {
  const Member* member = unexcused(snapshot, policy, Role::dead);
  if (!member) return std::nullopt;
  return Objection{member->facts.text() + " is dead too", ignoring(*member)};
}

MaybeObjection failed_replica(const Snapshot& snapshot, const Policy& policy) {
  const Member* member = unexcused(snapshot, policy, Role::failed_replica);
  if (!member) return std::nullopt;
  const auto& replica = *member->replica();
  return Objection{"the applier of " + member->facts.text() + " stopped with error " +
                       std::to_string(replica.applier_errno) + " (" + replica.applier_error + ")",
                   ignoring(*member)};
}

MaybeObjection nobody_left(const Snapshot& snapshot, const Policy&) {
  if (!managed(snapshot).empty()) return std::nullopt;
  return Objection{"no replica is left that could be recovered", ""};
}

MaybeObjection filters_differ(const Snapshot& snapshot, const Policy&) {
  if (snapshot.members.empty() || !snapshot.members.front().facts.check_repl_filter) return std::nullopt;
  auto differences = filter_differences(snapshot);
  if (differences.empty()) return std::nullopt;
  return Objection{differences.front(), "check_repl_filter=0"};
}

struct Check {
  RuleRow row;
  MaybeObjection (*objects)(const Snapshot& snapshot, const Policy& policy);  // null: asked elsewhere
};

constexpr const char* kIgnoreFail = "ignore_fail=1 of that server";

constexpr Check kChecks[] = {
    {{"F10", "there is no live replica, or no single primary", "6.11", ""}, unclear_topology},
    {{"F15", "the server named dead is not the primary", "6.3.5", ""}, other_primary},
    {{"F20", "the primary answers, and was not given up (failover_on)", "6.3.6", ""}, primary_answers},
    {{"F22", "the primary answers with an error packet", "6.3.6, R9", ""}, primary_says_no},
    {{"F25", "a replica was looked at more than 30 s ago", "R8", ""}, facts_too_old},
    {{"F30", "a live server is neither the primary nor below it", "6.3.7, 6.11", kIgnoreFail}, stray_server},
    {{"F35", "another server answers with an error packet", "5.4", kIgnoreFail}, refusing_server},
    {{"F40", "another server is dead", "6.3.8", kIgnoreFail}, dead_server},
    {{"F45", "a replica's applier stopped with an error", "6.3.8", kIgnoreFail}, failed_replica},
    {{"F48", "no sound replica is left", "6.3.8", ""}, nobody_left},
    {{"F50", "replication or binary log filters differ", "5.5, 5.6", "check_repl_filter=0"}, filters_differ},
    {{"F52",
      "binary log servers are configured, none of them can be read, and the dead primary's own log cannot either",
      "6.3.2, 6.8", "--ignore_binlog_server_error"},
     nullptr},
    {{"F60", "--new_master_host and --new_master_port name no live replica", "6.6", ""}, nullptr},
    {{"F65", "the server named by --new_master_host may not be promoted (its C row says why)", "6.6",
      "what its C row names"},
     nullptr},
    {{"F70", "no replica may be promoted", "6.6", "what the C rows name"}, nullptr},
    {{"F80", "nothing proves, or can prove, that the dead primary stays down, and on_unproven_fence=refuse",
      "R1", "on_unproven_fence"},
     nullptr},
    {{"F82", "the primary answers and was given up, and nothing proves, or can prove, that it takes no writes", "R1", ""},
     nullptr},
    {{"F85", "a replica lacks events, and no reachable server can give them to it", "6.5", kIgnoreFail},
     nullptr},
};

}  // namespace

std::optional<Refusal> check_choice(const CandidateCase& facts, const Policy& policy, const Choice& choice) {
  if (choice.chosen) return std::nullopt;
  if (policy.forced_host) {
    std::string wanted = *policy.forced_host + ":" + std::to_string(policy.forced_port);
    const Member* member = forced_member(facts.snapshot, policy);
    if (!member || member->role != Role::replica || member->facts.id == policy.dead_primary) {
      std::string is = member ? ": it is " + std::string(to_string(member->role)) : "";
      return Refusal{"F60", wanted + " is no live replica of this cluster" + is, ""};
    }
    auto bad = why_bad(*member, facts);
    if (bad)
      return Refusal{"F65", wanted + " may not be promoted (" + bad->rule + "): " + bad->why.what,
                     bad->why.to_override};
  }
  std::vector<std::string> reasons, ways;
  for (const Member* member : facts.replicas) {
    auto bad = why_bad(*member, facts);
    if (!bad) continue;
    reasons.push_back(member->facts.id.text + ": " + bad->why.what);
    if (!bad->why.to_override.empty()) ways.push_back(bad->why.to_override);
  }
  return Refusal{"F70", "no replica may be promoted; " + join(reasons, "; "), join(ways, ", or ")};
}

Refusal refuse_unproven_fence(const Snapshot& snapshot, const Policy& policy) {
  return Refusal{"F80",
                 "nothing proves that " + snapshot.find(policy.dead_primary)->facts.text() +
                     " cannot come back writable: no ssh to its host, and no shutdown_script that says so",
                 "on_unproven_fence=promote"};
}

Refusal refuse_open_primary(const Snapshot& snapshot, const Policy& policy) {
  return Refusal{"F82",
                 snapshot.find(policy.dead_primary)->facts.text() +
                     " answers and was given up, and nothing proves that it takes no writes any more",
                 ""};
}

std::optional<Refusal> check_binlog_servers(const std::vector<LogCopy>& copies, const Policy& policy) {
  std::vector<std::string> reasons;
  for (const LogCopy& copy : copies) {
    if (!copy.end.empty()) return std::nullopt;
    reasons.push_back(copy.hostname + ": " + copy.problem);
  }
  if (reasons.empty() || policy.ignore_binlog_server_error) return std::nullopt;
  return Refusal{"F52", "no binary log server can be read; " + join(reasons, "; "), "--ignore_binlog_server_error"};
}

Refusal refuse_incomplete(const Member& replica, const std::string& why) {
  return Refusal{"F85", replica.facts.text() + " cannot be brought up to date: " + why, ignoring(replica)};
}

std::optional<Refusal> check_failover(const Snapshot& snapshot, const Policy& policy) {
  for (const Check& check : kChecks) {
    if (!check.objects) continue;
    if (auto objection = check.objects(snapshot, policy))
      return Refusal{std::string(check.row.id), objection->what, objection->to_override};
  }
  CandidateCase facts{snapshot, managed(snapshot), {}, nullptr, {}};
  facts.latest = rank(facts.replicas).latest_members;
  facts.base = base_replica(facts.latest, mha_gtid_mode(snapshot));
  return check_choice(facts, policy, choose(facts, policy));
}

std::vector<RuleRow> failover_rules() {
  std::vector<RuleRow> rows;
  for (const Check& check : kChecks) rows.push_back(check.row);
  return rows;
}

}  // namespace tanist::plan

#include "plan/startup_checks.h"

#include <algorithm>

#include "base/text.h"
#include "plan/startup_rows.h"

namespace tanist::plan {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::fatal:
      return "fatal";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "?";
}

namespace {

bool excused(const Member& member, const CheckFacts& facts) {
  return facts.policy.ignore_fail_on_start && member.facts.ignore_fail;
}

constexpr const char* kExcuse = "; ignore_fail=1 there and --ignore_fail_on_start would pass over it";

void refusing_servers(const CheckFacts& facts, Out out) {
  for (const Member* member : facts.snapshot.with_role(Role::refusing)) {
    if (excused(*member, facts)) continue;
    const auto& answer = *member->last.no_answer();
    out.about(*member,
              "is alive but refuses us: error " + std::to_string(answer.number) + " (" + answer.what + ")");
  }
}

// Whatever its part in the topology: two primaries that follow each other are replicas, too.
bool nobody_replicates(const CheckFacts& facts) {
  const auto& members = facts.snapshot.members;
  return std::none_of(members.begin(), members.end(), [](const Member& member) { return member.replica(); });
}

void somebody_lives(const CheckFacts& facts, Out out) {
  bool any = std::any_of(facts.snapshot.members.begin(), facts.snapshot.members.end(),
                         [](const Member& member) { return member.alive(); });
  if (!any) return out.about_cluster("No server answers.");
  if (nobody_replicates(facts)) out.about_cluster("There is no live replica.");
}

void versions_differ(const CheckFacts& facts, Out out) {
  CandidateCase candidates{facts.snapshot, managed(facts.snapshot), {}, nullptr, {}};
  for (const Member* member : candidates.replicas)
    if (auto bad = why_bad(*member, candidates); bad && bad->rule == "C30")
      out.about(*member, "cannot be promoted: " + bad->why.what);
}

void topology_is_clear(const CheckFacts& facts, Out out) {
  for (const Member& member : facts.snapshot.members)
    if (!member.problem.empty()) out.about_cluster(member.problem + ".");
  if (nobody_replicates(facts)) return;  // said already
  for (const std::string& problem : facts.snapshot.cluster_problems()) out.about_cluster(problem + ".");
}

void primary_lives(const CheckFacts& facts, Out out) {
  const Member* primary = facts.snapshot.primary_member();
  if (primary && primary->role == Role::dead) out.about(*primary, "is the primary and does not answer");
}

void same_filters(const CheckFacts& facts, Out out) {
  if (facts.snapshot.members.empty() || !facts.snapshot.members.front().facts.check_repl_filter) return;
  for (const std::string& difference : filter_differences(facts.snapshot))
    out.about_cluster(difference + ".");
}

void somebody_may_follow(const CheckFacts& facts, Out out) {
  auto replicas = managed(facts.snapshot);
  Choice choice = choose_new_primary(facts.snapshot, ids_of(rank(replicas).latest_members), Policy{}, false);
  if (choice.chosen || facts.replicas.empty()) return;
  std::vector<std::string> reasons;
  for (const CandidateVerdict& verdict : choice.verdicts)
    reasons.push_back(verdict.server.text + ": " + verdict.reason);
  out.about_cluster("No replica may be promoted; " + join(reasons, "; ") + ".");
}

void replication_privilege(const CheckFacts& facts, Out out) {
  for (const Member* member : managed(facts.snapshot)) {
    if (!member->state()->log_bin || member->facts.no_master) continue;
    if (member->state()->repl_user_may_replicate == false)
      out.about(*member,
                "does not let the user " + member->facts.repl_user + " replicate: GRANT REPLICATION SLAVE");
  }
}

void lost_servers(const CheckFacts& facts, Out out) {
  for (const Member& member : facts.snapshot.members) {
    if (member.facts.id == facts.snapshot.primary || excused(member, facts)) continue;
    if (member.role == Role::dead) out.about(member, std::string("does not answer") + kExcuse);
    if (member.role != Role::failed_replica) continue;
    const auto& replica = *member.replica();
    out.about(member, "has an applier that stopped with error " + std::to_string(replica.applier_errno) +
                          " (" + replica.applier_error + ")" + kExcuse);
  }
}

void replicas_run(const CheckFacts& facts, Out out) {
  if (!facts.policy.seconds_behind_limit) return;
  for (const Member* member : facts.replicas) {
    const auto& replica = *member->replica();
    if (excused(*member, facts)) continue;
    if (replica.receiver != topology::ReceiverState::running)
      out.about(*member, "has a receiver that does not run" +
                             (replica.receiver_error.empty() ? "" : ": " + replica.receiver_error));
    if (!replica.applier_running)
      out.about(*member, "has an applier that does not run");
    else if (!replica.seconds_behind)
      out.about(*member, "does not know how far it is behind");
    else if (*replica.seconds_behind > *facts.policy.seconds_behind_limit)
      out.about(*member, "is " + std::to_string(*replica.seconds_behind) + " s behind, the limit is " +
                             std::to_string(*facts.policy.seconds_behind_limit) + " s");
  }
}

struct Check {
  RuleRow row;
  Severity severity;
  void (*run)(const CheckFacts& facts, Out out);
};

constexpr Check kChecks[] = {
    {{"S04", "a server answers with an error packet", "5.1 #4", "ignore_fail=1 and --ignore_fail_on_start"},
     Severity::fatal,
     refusing_servers},
    {{"S06", "no server, or no replica, is alive", "5.1 #6", ""}, Severity::fatal, somebody_lives},
    {{"S07", "a replica has a newer major version than another one", "5.1 #7", ""},
     Severity::info,
     versions_differ},
    {{"S08", "there is no single primary, or a server is neither it nor below it", "5.1 #8, 6.11", ""},
     Severity::fatal,
     topology_is_clear},
    {{"S11", "the primary does not answer", "5.1 #11", ""}, Severity::warning, primary_lives},
    {{"S12", "a replica is writable", "5.1 #12", ""}, Severity::info, read_only_replicas},
    {{"S12b", "a replica without GTID purges its relay logs, or writes no binary log", "5.1 #12", ""},
     Severity::warning,
     settings_of_replicas},
    {{"S13", "filters differ", "5.5", "check_repl_filter=0"}, Severity::fatal, same_filters},
    {{"S14", "no replica may be promoted", "5.1 #14", ""}, Severity::fatal, somebody_may_follow},
    {{"S15", "repl_user may not replicate from a candidate", "5.1 #15", ""},
     Severity::fatal,
     replication_privilege},
    {{"S17", "a server other than the primary is dead, or a replica's applier failed", "5.1 #17",
      "ignore_fail=1 and --ignore_fail_on_start"},
     Severity::fatal,
     lost_servers},
    {{"S21", "a replica does not run or is too far behind (masterha_check_repl)", "5.1 #21",
      "--seconds_behind_master"},
     Severity::fatal,
     replicas_run},
    {{"S31", "two servers have the same server_id", "8 B19", ""}, Severity::warning, unique_server_ids},
    {{"S32", "a replica does not log what it applies", "8 B19", ""}, Severity::warning, logs_what_it_applies},
    {{"S33", "gtid_mode differs between servers", "8 B19", ""}, Severity::warning, same_gtid_mode},
    {{"S34", "a replica has transactions of its own that the primary lacks", "8 B19", ""},
     Severity::warning,
     errant_transactions},
    {{"S35", "a candidate has no repl_password", "8 A12", ""}, Severity::warning, passwords_known},
};

}  // namespace

std::vector<CheckFinding> startup_checks(const topology::Snapshot& snapshot, const CheckPolicy& policy) {
  CheckFacts facts{snapshot, policy, {}};
  for (const Member& member : snapshot.members)
    if (member.role == Role::replica || member.role == Role::failed_replica)
      facts.replicas.push_back(&member);
  std::vector<CheckFinding> findings;
  for (const Check& check : kChecks) check.run(facts, Out(findings, check.severity, check.row.id));
  return findings;
}

bool any_fatal(const std::vector<CheckFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const CheckFinding& finding) { return finding.severity == Severity::fatal; });
}

std::vector<RuleRow> startup_rules() {
  std::vector<RuleRow> rows;
  for (const Check& check : kChecks) rows.push_back(check.row);
  return rows;
}

}  // namespace tanist::plan

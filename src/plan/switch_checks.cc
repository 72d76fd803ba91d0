// Why a switch is refused: rows in the order of reference 7, the first one wins. Nothing has been touched
// when they speak.
#include "plan/switch_checks.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "plan/activity.h"
#include "plan/startup_checks.h"

namespace tanist::plan {

namespace {

using Case = SwitchCase;
using MaybeRefusal = std::optional<Refusal>;  // its rule is filled in by the row

Refusal because(std::string what, std::string to_override = "") {
  return {"", std::move(what), std::move(to_override)};
}

bool is_spared(const Member& member, const Case& c) {
  return c.policy.spare_ignored && member.facts.ignore_fail;
}

std::string ignoring(const Member& member, const Case& c) {
  return c.policy.spare_ignored ? "ignore_fail=1 in [" + member.facts.id.text + "]" : "";
}

MaybeRefusal no_single_primary(const Case& c) {
  auto problems = c.snapshot.cluster_problems();
  if (problems.empty() && c.primary) return std::nullopt;
  return because(problems.empty() ? "there is no single primary" : problems.front());
}

MaybeRefusal primary_is_silent(const Case& c) {
  if (c.primary->alive()) return std::nullopt;
  const auto& silence = *c.primary->last.no_answer();
  const bool refuses = c.primary->role == Role::refusing;
  return because(
      "the primary " + c.primary->facts.text() + (refuses ? " answers with error " : " does not answer: ") +
          (refuses ? std::to_string(silence.number) + " (" + silence.what + ")" : silence.what),
      refuses ? "" : "if it is dead, masterha_master_switch --master_state=dead, or tanist failover");
}

MaybeRefusal stray_server(const Case& c) {
  for (const Member* member : c.snapshot.with_role(Role::stray))
    if (!is_spared(*member, c)) return because(member->problem, ignoring(*member, c));
  return std::nullopt;
}

MaybeRefusal lost_server(const Case& c) {
  for (const Member& member : c.snapshot.members) {
    if (member.alive() || is_spared(member, c)) continue;
    const auto& silence = *member.last.no_answer();
    return because(member.facts.text() + (member.role == Role::refusing
                                              ? " is alive but refuses us: error " +
                                                    std::to_string(silence.number) + " (" + silence.what + ")"
                                              : " is dead: " + silence.what),
                   ignoring(member, c));
  }
  return std::nullopt;
}

MaybeRefusal facts_too_old(const Case& c) {
  for (const Member& member : c.snapshot.members) {
    Duration age = c.snapshot.taken - member.last.at;
    if (!member.alive() || age <= c.policy.max_fact_age) continue;
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    return because("what is known of " + member.facts.text() + " is " + std::to_string(seconds) + " s old");
  }
  return std::nullopt;
}

MaybeRefusal primary_writes_no_log(const Case& c) {
  if (c.primary->state()->log_bin) return std::nullopt;
  return because(c.primary->facts.text() + " writes no binary log: nobody could tell who has everything");
}

MaybeRefusal may_not_replicate(const Case& c) {
  for (const Member* member : managed(c.snapshot)) {
    if (!member->state()->log_bin || member->facts.no_master ||
        member->state()->repl_user_may_replicate != false)
      continue;
    return because(member->facts.text() + " does not let the user " + member->facts.repl_user +
                   " replicate: GRANT REPLICATION SLAVE there");
  }
  return std::nullopt;
}

MaybeRefusal replica_stands(const Case& c) {
  for (const Member& member : c.snapshot.members) {
    const bool ours = member.role == Role::replica || member.role == Role::failed_replica;
    if (!ours || &member == c.primary || is_spared(member, c)) continue;
    const auto& replica = *member.replica();
    if (replica.receiver == topology::ReceiverState::running && replica.applier_running) continue;
    const bool applier = !replica.applier_running;
    const int number = applier ? replica.applier_errno : replica.receiver_errno;
    const std::string& error = applier ? replica.applier_error : replica.receiver_error;
    return because("replication does not run on " + member.facts.text() + ": its " +
                       (applier ? "applier" : "receiver") + " has stopped" +
                       (number == 0 ? "" : " with error " + std::to_string(number) + " (" + error + ")"),
                   ignoring(member, c));
  }
  return std::nullopt;
}

MaybeRefusal replica_lags(const Case& c) {
  for (const Member* member : managed(c.snapshot)) {
    const auto& behind = member->replica()->seconds_behind;
    if (behind && *behind <= c.policy.seconds_behind_limit) continue;
    if (is_spared(*member, c)) continue;
    return because(
        member->facts.text() + " is " + (behind ? std::to_string(*behind) + " s" : "nobody knows how far") +
            " behind the primary, more than " + std::to_string(c.policy.seconds_behind_limit) + " s",
        "--seconds_behind_master");
  }
  return std::nullopt;
}

MaybeRefusal primary_is_writing(const Case& c) {
  auto activity = c.facts.activity.find(c.primary->facts.id);
  if (activity == c.facts.activity.end()) return std::nullopt;
  std::vector<const Connection*> long_ones;
  for (const Connection& connection : activity->second.connections)
    if (auto seconds = writing_for(connection); seconds && *seconds > c.policy.running_updates_limit)
      long_ones.push_back(&connection);
  if (long_ones.empty()) return std::nullopt;
  Refusal refusal =
      because(std::to_string(long_ones.size()) + " update(s) on " + c.primary->facts.text() +
                  " have been running for more than " + std::to_string(c.policy.running_updates_limit) +
                  " s; wait for them or end them",
              "--running_updates_limit");
  refusal.details = details(long_ones);
  return refusal;
}

MaybeRefusal filters_differ(const Case& c) {
  if (!c.primary->facts.check_repl_filter) return std::nullopt;
  auto differences = switch_filter_differences(
      *c.primary, *c.next, c.policy.old_becomes_replica ? c.facts.primary_filters : std::nullopt);
  if (differences.empty()) return std::nullopt;
  return because(differences.front(), "check_repl_filter=0");
}

MaybeRefusal next_is_busy(const Case& c) {
  auto activity = c.facts.activity.find(c.next->facts.id);
  if (activity == c.facts.activity.end()) return std::nullopt;
  std::vector<const Connection*> long_ones;
  for (const Connection& connection : activity->second.connections)
    if (auto seconds = busy_for(connection); seconds && *seconds >= c.policy.running_seconds_limit)
      long_ones.push_back(&connection);
  if (long_ones.empty()) return std::nullopt;
  Refusal refusal = because(std::to_string(long_ones.size()) + " statement(s) on " + c.next->facts.text() +
                                " have been running for " + std::to_string(c.policy.running_seconds_limit) +
                                " s or longer; wait for them or end them",
                            "--running_seconds_limit");
  refusal.details = details(long_ones);
  return refusal;
}

MaybeRefusal script_is_missing(const Case& c) {
  if (c.facts.script_problem.empty()) return std::nullopt;
  return because(c.facts.script_problem);
}

MaybeRefusal nobody_knows_the_password(const Case& c) {
  if (!c.policy.needs_password || !c.policy.old_becomes_replica || c.next->facts.has_repl_password)
    return std::nullopt;
  return because("nobody knows with which password " + c.primary->facts.text() + " would replicate from " +
                     c.next->facts.text(),
                 "repl_password in [" + c.next->facts.id.text + "], or --leave_old_primary");
}

struct Check {
  RuleRow row;
  MaybeRefusal (*refuses)(const Case& c);  // null: asked elsewhere
};

constexpr const char* kIgnored = "ignore_fail=1 of that server (tanist switchover)";

constexpr Check kBefore[] = {
    {{"W10", "there is no live replica, or no single primary", "6.11", ""}, no_single_primary},
    {{"W12", "the primary does not answer, or with an error packet", "7, 1", "a failover, if it is dead"},
     primary_is_silent},
    {{"W15", "a live server is neither the primary nor below it", "6.11", kIgnored}, stray_server},
    {{"W18", "another server is dead, or answers with an error packet", "7, 1", kIgnored}, lost_server},
    {{"W20", "a server was looked at more than 30 s ago", "R8", ""}, facts_too_old},
    {{"W22", "the primary writes no binary log", "7, 12", ""}, primary_writes_no_log},
    {{"W25", "repl_user may not replicate from a server that could be promoted", "7, 2", ""},
     may_not_replicate},
    {{"W30", "a replica's receiver or applier does not run", "7, 5", kIgnored}, replica_stands},
    {{"W32", "a replica is further behind than --seconds_behind_master, or nobody knows how far", "7, 5",
      "--seconds_behind_master"},
     replica_lags},
    {{"W40",
      "on the primary a statement that is no read, or a transaction that has changed or locked rows, is "
      "older than "
      "--running_updates_limit",
      "7, 6", "--running_updates_limit"},
     primary_is_writing},
    {{"W50", "--new_master_host names the current primary, or no live replica", "7, 7", ""}, nullptr},
    {{"W52", "the server named by --new_master_host may not be promoted (its C row says why)", "7, 7",
      "what its C row names"},
     nullptr},
    {{"W55", "no replica may be promoted", "7, 7", "what the C rows name"}, nullptr},
};
constexpr Check kAfter[] = {
    {{"W60",
      "binary log filters of the old and the new primary differ; where the old one becomes a replica, table "
      "filters too",
      "7, 8", "check_repl_filter=0"},
     filters_differ},
    {{"W65", "on the new primary a statement has been running for --running_seconds_limit", "7, 9",
      "--running_seconds_limit"},
     next_is_busy},
    {{"W70", "master_ip_online_change_script does not begin with an executable program", "3.3", ""},
     script_is_missing},
    {{"W75",
      "`tanist switchover`: no repl_password is known with which the old primary could follow the new one",
      "7, 17", "repl_password, --leave_old_primary"},
     nobody_knows_the_password},
};

MaybeRefusal first_of(std::span<const Check> checks, const Case& c) {
  for (const Check& check : checks) {
    if (!check.refuses) continue;
    auto refusal = check.refuses(c);
    if (!refusal) continue;
    refusal->rule = check.row.id;
    return refusal;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> check_switch(const SwitchCase& c) {
  return first_of(c.next ? std::span<const Check>(kAfter) : std::span<const Check>(kBefore), c);
}

std::vector<RuleRow> switch_rules() {
  std::vector<RuleRow> rows;
  for (const Check& check : kBefore) rows.push_back(check.row);
  for (const Check& check : kAfter) rows.push_back(check.row);
  return rows;
}

}  // namespace tanist::plan

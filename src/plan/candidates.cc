// Choosing the new primary: filters that say "no, because …", then preferences in order, first match wins.
// Exactly the reference's order (mha-manager.md 6.6); C50 and C60 are ours.
#include <algorithm>

#include "base/text.h"
#include "plan/ranking.h"

namespace tanist::plan {

namespace {

// A candidate further behind than this in the same log file is "too far behind" (reference 6.6).
constexpr uint64_t kDelayBytes = 100'000'000;

using MaybeObjection = std::optional<Objection>;

Version major_of(const Member& member) {
  Version number = member.state()->version.number;
  return Version{number.major, number.minor, 0};
}

std::string section_of(const Member& member) { return "[" + member.facts.id.text + "]"; }

MaybeObjection not_a_replica(const Member& member, const CandidateCase&) {
  if (member.role == Role::replica) return std::nullopt;
  return Objection{"it is " + std::string(to_string(member.role)), ""};
}

MaybeObjection has_no_master(const Member& member, const CandidateCase&) {
  if (!member.facts.no_master) return std::nullopt;
  return Objection{"no_master=1", "no_master=0 in " + section_of(member)};
}

MaybeObjection writes_no_log(const Member& member, const CandidateCase&) {
  if (member.state()->log_bin) return std::nullopt;
  return Objection{"it writes no binary log", "log_bin in the server's own configuration"};
}

MaybeObjection newer_version(const Member& member, const CandidateCase& facts) {
  const Member* oldest = *std::min_element(facts.replicas.begin(), facts.replicas.end(),
                                           [](auto* a, auto* b) { return major_of(*a) < major_of(*b); });
  if (!(major_of(*oldest) < major_of(member))) return std::nullopt;
  return Objection{"its version " + member.state()->version.text + " is newer than " +
                       oldest->state()->version.text + " of " + oldest->facts.id.text,
                   ""};
}

MaybeObjection too_far_behind(const Member& member, const CandidateCase& facts) {
  if (!facts.base || !facts.base->facts.check_repl_delay) return std::nullopt;
  const LogCoordinates& latest = facts.base->replica()->received;
  const LogCoordinates& executed = member.replica()->executed;
  bool older_file = gtid::compare_log_files(latest.file, executed.file) > 0;
  if (!older_file && latest.pos <= executed.pos + kDelayBytes) return std::nullopt;
  std::string how = older_file ? "another log file" : "more than 100 MB";
  return Objection{
      "too far behind: it has applied " + executed.text() + ", " + how + " before " + latest.text(),
      "check_repl_delay=0 in " + section_of(*facts.base)};
}

MaybeObjection delayed_on_purpose(const Member& member, const CandidateCase&) {
  if (!is_delayed(member)) return std::nullopt;
  return Objection{"it applies " + std::to_string(member.replica()->delay_seconds) + " s late on purpose",
                   "a replication delay of 0 on " + member.facts.id.text};
}

MaybeObjection cannot_be_completed(const Member& member, const CandidateCase& facts) {
  if (!facts.barred.count(member.facts.id)) return std::nullopt;
  return Objection{"it lacks events that no reachable server can give it", ""};
}

struct Filter {
  RuleRow row;
  MaybeObjection (*objects)(const Member& member, const CandidateCase& facts);
};

constexpr Filter kFilters[] = {
    {{"C05", "it is not a live replica of the primary with a sound applier", "6.6", ""}, not_a_replica},
    {{"C10", "no_master=1", "6.6", "no_master=0"}, has_no_master},
    {{"C20", "it writes no binary log", "6.6", "log_bin on the server"}, writes_no_log},
    {{"C30", "its major version is newer than that of some replica", "6.6", ""}, newer_version},
    {{"C40",
      "it has applied an earlier log file than the latest replica received, or is 100,000,000 bytes behind "
      "it",
      "6.6", "check_repl_delay=0 of the latest replica"},
     too_far_behind},
    {{"C50", "it applies late on purpose (SQL_Delay)", "R2", "a delay of 0"}, delayed_on_purpose},
    {{"C60", "it lacks events that no reachable server can give it", "6.5", ""}, cannot_be_completed},
};

// Reference 6.6 by its own letters: L the latest, S all replicas, P those with candidate_master.
struct Field {
  std::vector<const Member*> latest, all;
  std::set<const Member*> bad;
  bool any_preferred = false;
  bool latest_first = false;

  const Member* first_good(const std::vector<const Member*>& of, bool only_preferred) const {
    for (const Member* member : of)
      if (!bad.count(member) && (!only_preferred || member->facts.candidate_master)) return member;
    return nullptr;
  }
};

struct Preference {
  RuleRow row;
  const Member* (*pick)(const Field& field);
  std::string_view reason;
};

constexpr Preference kPreferences[] = {
    {{"P10", "nobody has candidate_master, nobody is barred: the first of the latest", "6.6",
      "latest_priority=0"},
     [](const Field& f) {
       return f.latest_first && !f.any_preferred && f.bad.empty() ? f.latest.front() : nullptr;
     },
     "has received the most"},
    {{"P20", "the first of the latest with candidate_master", "6.6", "latest_priority=0"},
     [](const Field& f) { return f.latest_first ? f.first_good(f.latest, true) : nullptr; },
     "candidate_master=1, and has received the most"},
    {{"P30", "the first with candidate_master", "6.6", ""},
     [](const Field& f) { return f.first_good(f.all, true); },
     "candidate_master=1"},
    {{"P40", "the first of the latest", "6.6", "latest_priority=0"},
     [](const Field& f) { return f.latest_first ? f.first_good(f.latest, false) : nullptr; },
     "has received the most of those that may be promoted"},
    {{"P50", "the first in the order of the configuration", "6.6", ""},
     [](const Field& f) { return f.first_good(f.all, false); },
     "the first that may be promoted"},
};
constexpr RuleRow kForced{"P05", "--new_master_host names it", "6.6", ""};

}  // namespace

std::optional<Bad> why_bad(const Member& member, const CandidateCase& facts) {
  for (const Filter& filter : kFilters)
    if (auto why = filter.objects(member, facts)) return Bad{std::string(filter.row.id), std::move(*why)};
  return std::nullopt;
}

const Member* forced_member(const Snapshot& snapshot, const Policy& policy) {
  if (!policy.forced_host) return nullptr;
  for (const Member& member : snapshot.members) {
    bool named =
        iequals(member.facts.hostname, *policy.forced_host) || member.facts.ip == *policy.forced_host;
    if (named && member.facts.port == policy.forced_port) return &member;
  }
  return nullptr;
}

Choice choose(const CandidateCase& facts, const Policy& policy) {
  Choice choice;
  Field field{facts.latest, facts.replicas, {}, false, false};
  for (const Member& member : facts.snapshot.members) {
    if (member.facts.id == policy.dead_primary || member.facts.id == facts.snapshot.primary) continue;
    CandidateVerdict verdict{member.facts.id, false, true, "", ""};
    if (auto bad = why_bad(member, facts)) {
      verdict = CandidateVerdict{member.facts.id, false, false, bad->rule, bad->why.what};
      if (member.role == Role::replica) field.bad.insert(&member);
    }
    choice.verdicts.push_back(std::move(verdict));
  }
  for (const Member* member : facts.replicas) field.any_preferred |= member->facts.candidate_master;
  field.latest_first = !field.latest.empty() && field.latest.front()->facts.latest_priority;

  const Member* chosen = nullptr;
  std::string rule, reason;
  if (policy.forced_host) {
    chosen = forced_member(facts.snapshot, policy);
    if (chosen && (chosen->role != Role::replica || field.bad.count(chosen))) chosen = nullptr;
    rule = kForced.id;
    reason = "--new_master_host";
  } else {
    for (const Preference& preference : kPreferences) {
      chosen = preference.pick(field);
      rule = preference.row.id;
      reason = preference.reason;
      if (chosen) break;
    }
  }
  for (CandidateVerdict& verdict : choice.verdicts) {
    if (!verdict.eligible) continue;
    verdict.chosen = chosen && verdict.server == chosen->facts.id;
    verdict.rule = chosen ? rule : "";
    if (verdict.chosen)
      verdict.reason = reason;
    else
      verdict.reason =
          chosen ? "may be promoted; " + chosen->facts.id.text + " comes first" : "may be promoted";
  }
  if (chosen) choice.chosen = chosen->facts.id;
  return choice;
}

Choice choose_new_primary(const Snapshot& snapshot, const std::vector<ServerId>& latest, const Policy& policy,
                          bool apply_delay_rule) {
  CandidateCase facts{snapshot, managed(snapshot), {}, nullptr, {}};
  for (const Member* member : facts.replicas)
    if (std::find(latest.begin(), latest.end(), member->facts.id) != latest.end())
      facts.latest.push_back(member);
  if (apply_delay_rule) facts.base = base_replica(facts.latest, mha_gtid_mode(snapshot));
  return choose(facts, policy);
}

std::vector<RuleRow> candidate_rules() {
  std::vector<RuleRow> rows;
  for (const Filter& filter : kFilters) rows.push_back(filter.row);
  rows.push_back(kForced);
  for (const Preference& preference : kPreferences) rows.push_back(preference.row);
  return rows;
}

}  // namespace tanist::plan

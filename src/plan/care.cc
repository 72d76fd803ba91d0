#include "plan/care.h"

#include <algorithm>

#include "topology/sources.h"

namespace tanist::plan {

namespace {

using topology::Member;
using topology::ReceiverState;
using topology::ReplicaStatus;
using topology::Role;
using topology::ServerState;
using Sentence = std::optional<std::string>;

struct Looked {
  const CareFacts& facts;
  const Member& member;
  const Member& primary;
  CarePolicy policy;
  int attempts = 0;
};

std::string name(const Looked& l) { return l.member.facts.text(); }
const ReplicaStatus& status(const Looked& l) { return *l.member.replica(); }
bool below_primary(const Looked& l) { return l.member.role == Role::replica || l.member.role == Role::failed_replica; }

std::string error_text(int number, const std::string& text) { return "error " + std::to_string(number) + ": " + text; }
std::string receiver_error(const Looked& l) { return error_text(status(l).receiver_errno, status(l).receiver_error); }

// Receiver.
bool receiver_stopped(const Looked& l) { return below_primary(l) && status(l).receiver == ReceiverState::stopped; }
bool stopped_for_a_moment(const Looked& l) { return receiver_stopped(l) && is_of_the_moment(status(l).receiver_errno); }
// MariaDB with GTIDs throws away what was received and not applied when its receiver is started alone.
bool may_start(const Looked& l) { return l.policy.receiver && status(l).applier_running; }

Sentence start_receiver(const Looked& l) {
  if (!stopped_for_a_moment(l) || !may_start(l) || l.attempts >= kMostReceiverStarts) return std::nullopt;
  return "the receiver of " + name(l) + " has stopped with an error of the moment: it is started again";
}
Sentence started_in_vain(const Looked& l) {
  if (!stopped_for_a_moment(l) || !may_start(l) || l.attempts < kMostReceiverStarts) return std::nullopt;
  return "the receiver of " + name(l) + " has stopped, and starting it " + std::to_string(l.attempts) + " times did not help";
}
Sentence left_stopped(const Looked& l) {
  if (!stopped_for_a_moment(l) || may_start(l)) return std::nullopt;
  return "the receiver of " + name(l) + " has stopped with an error of the moment";
}
Sentence stopped_for_good(const Looked& l) {
  if (!receiver_stopped(l) || status(l).receiver_errno == 0 || is_of_the_moment(status(l).receiver_errno)) return std::nullopt;
  return "the receiver of " + name(l) + " has stopped with an error that does not go by itself";
}
Sentence stopped_by_somebody(const Looked& l) {
  if (!receiver_stopped(l) || status(l).receiver_errno != 0) return std::nullopt;
  return "the receiver of " + name(l) + " is stopped, without an error: somebody has stopped it";
}
Sentence cannot_connect(const Looked& l) {
  if (!below_primary(l) || status(l).receiver != ReceiverState::connecting || status(l).receiver_errno == 0) return std::nullopt;
  return "the receiver of " + name(l) + " cannot connect to the primary";
}

// Source.
bool source_is_gone(const Looked& l) {
  if (l.member.role != Role::stray || !l.member.replica()) return false;
  if (replaced_source(status(l), l.facts.replaced)) return true;
  const Member* source = topology::source_of(status(l), l.facts.look.members);
  return source && source->role == Role::dead;
}
Sentence why_not(const Looked& l) { return why_not_pointed(*l.member.state(), *l.primary.state(), l.facts.replaced); }
std::string followed(const Looked& l) {
  return name(l) + " replicates from " + status(l).source_host + ":" + std::to_string(status(l).source_port) + ", which is not the primary any more";
}

Sentence point_at_primary(const Looked& l) {
  if (!source_is_gone(l) || !l.policy.source || why_not(l)) return std::nullopt;
  return followed(l) + ": it is pointed at " + l.primary.facts.text();
}
Sentence may_be_pointed(const Looked& l) {
  if (!source_is_gone(l) || l.policy.source || why_not(l)) return std::nullopt;
  return followed(l) + "; with care_source=1 it would be pointed at " + l.primary.facts.text();
}
Sentence may_not_be_pointed(const Looked& l) {
  if (!source_is_gone(l)) return std::nullopt;
  const Sentence why = why_not(l);
  return why ? Sentence(followed(l) + ", and it cannot be pointed at the primary: " + *why) : std::nullopt;
}
Sentence is_stray(const Looked& l) {
  return l.member.role == Role::stray && !source_is_gone(l) ? Sentence(l.member.problem) : std::nullopt;
}

// Writes. While nobody else takes writes, whoever does may be about to become the primary.
bool takes_writes(const Looked& l) {
  return below_primary(l) && !l.member.state()->read_only && !l.primary.state()->read_only;
}
Sentence close_it(const Looked& l) {
  if (!takes_writes(l) || !l.policy.read_only) return std::nullopt;
  return name(l) + " is a replica and takes writes: it is set read-only";
}
Sentence is_open(const Looked& l) {
  if (!takes_writes(l) || l.policy.read_only) return std::nullopt;
  return name(l) + " is a replica and takes writes";
}

// Applier.
Sentence applier_failed(const Looked& l) {
  if (!below_primary(l) || status(l).applier_running || status(l).applier_errno == 0) return std::nullopt;
  return "the applier of " + name(l) + " has stopped with an error";
}
Sentence applier_stopped(const Looked& l) {
  if (!below_primary(l) || status(l).applier_running || status(l).applier_errno != 0) return std::nullopt;
  return "the applier of " + name(l) + " is stopped, without an error: somebody has stopped it";
}
Sentence is_behind(const Looked& l) {
  if (!below_primary(l) || !status(l).seconds_behind) return std::nullopt;
  const auto limit = std::chrono::duration_cast<std::chrono::seconds>(l.policy.alarm_lag).count() + status(l).delay_seconds;
  if (*status(l).seconds_behind <= static_cast<uint64_t>(limit)) return std::nullopt;
  return name(l) + " is further behind the primary than alarm_lag allows";
}

Sentence is_dead(const Looked& l) {
  return l.member.role == Role::dead ? Sentence(name(l) + " does not answer") : std::nullopt;
}
Sentence is_refusing(const Looked& l) {
  return l.member.role == Role::refusing ? Sentence(name(l) + " answers with an error") : std::nullopt;
}
Sentence primary_is_closed(const Looked& l) {
  const bool closed = &l.member == &l.primary && l.member.state()->read_only;
  return closed ? Sentence(name(l) + " is the primary and read-only: clients cannot write") : std::nullopt;
}

struct Row {
  RuleRow row;
  CareAct act;
  Sentence (*holds)(const Looked& l);
};
constexpr Row kRows[] = {
    {{"K10", "a receiver was stopped by an error of the moment, its applier runs, and it was not started 8 times in vain: it is "
             "started again", "", "care_receiver=0"}, CareAct::start_receiver, start_receiver},
    {{"K12", "the same, started 8 times in vain: alarm", "", ""}, CareAct::none, started_in_vain},
    {{"K14", "the same, and its applier does not run, or care_receiver=0: alarm", "", "care_receiver=1"}, CareAct::none, left_stopped},
    {{"K16", "a receiver was stopped by another error: alarm", "", ""}, CareAct::none, stopped_for_good},
    {{"K18", "a receiver is stopped without an error: alarm", "", ""}, CareAct::none, stopped_by_somebody},
    {{"K19", "a receiver cannot connect, and tries on: alarm", "", ""}, CareAct::none, cannot_connect},
    {{"K20", "a replica by GTID follows a replaced or dead server, and the primary has all it has: it is pointed at the primary",
      "R2", "care_source=0"}, CareAct::follow_primary, point_at_primary},
    {{"K22", "the same, with care_source=0: alarm", "", "care_source=1"}, CareAct::none, may_be_pointed},
    {{"K24", "a replica follows a replaced or dead server, and nothing proves that the primary has all it has: alarm", "R2", ""},
     CareAct::none, may_not_be_pointed},
    {{"K26", "another server is alive and not below the primary: alarm", "", "multi_tier_slave=1 of that server"}, CareAct::none, is_stray},
    {{"K30", "a replica takes writes beside the primary: it is set read-only", "R1", "care_read_only=0"}, CareAct::set_read_only, close_it},
    {{"K32", "the same, with care_read_only=0: alarm", "R1", "care_read_only=1"}, CareAct::none, is_open},
    {{"K40", "an applier has stopped with an error: alarm", "", ""}, CareAct::none, applier_failed},
    {{"K42", "an applier is stopped without an error: alarm", "", ""}, CareAct::none, applier_stopped},
    {{"K50", "a replica is further behind than alarm_lag and its own delay: alarm", "", "alarm_lag"}, CareAct::none, is_behind},
    {{"K60", "a server does not answer: alarm", "", ""}, CareAct::none, is_dead},
    {{"K62", "a server answers with an error packet: alarm", "", ""}, CareAct::none, is_refusing},
    {{"K70", "the primary is read-only: alarm", "", ""}, CareAct::none, primary_is_closed},
};

std::vector<std::string> evidence_of(const Looked& l) {
  std::vector<std::string> lines;
  if (const auto* silence = l.member.last.no_answer()) lines.push_back(silence->what);
  if (!l.member.replica()) return lines;
  const ReplicaStatus& replica = status(l);
  if (replica.receiver_errno != 0) lines.push_back("receiver: " + receiver_error(l));
  if (replica.applier_errno != 0) lines.push_back("applier: " + error_text(replica.applier_errno, replica.applier_error));
  if (replica.seconds_behind) lines.push_back(std::to_string(*replica.seconds_behind) + " s behind");
  return lines;
}

template <typename Map, typename Value>
Value value_or(const Map& map, const ServerId& id, Value fallback) {
  auto found = map.find(id);
  return found == map.end() ? fallback : found->second;
}

}  // namespace

bool is_of_the_moment(int receiver_errno) {
  static constexpr int kErrors[] = {
      1040, 1203, 1226,        // too many connections, of everybody or of this account
      1053, 1152, 1927, 1317,  // the source is shutting down, or ended the connection
      1158, 1159, 1160, 1161,  // network
      2002, 2003, 2005, 2006, 2013, 2055,
  };
  return std::find(std::begin(kErrors), std::end(kErrors), receiver_errno) != std::end(kErrors);
}

std::vector<CareVerdict> care_for(const CareFacts& facts) {
  const Member* primary = facts.look.primary_member();
  std::vector<CareVerdict> found;
  if (!primary || !primary->alive()) return found;
  for (const Member& member : facts.look.members) {
    const Looked looked{facts, member, *primary, value_or(facts.policies, member.facts.id, CarePolicy{}),
                        value_or(facts.attempts, member.facts.id, 0)};
    for (const Row& row : kRows)
      if (Sentence sentence = row.holds(looked))
        found.push_back({std::string(row.row.id), member.facts.id, row.act, *sentence, evidence_of(looked)});
  }
  return found;
}

std::vector<RuleRow> care_rules() {
  std::vector<RuleRow> rows;
  for (const Row& row : kRows) rows.push_back(row.row);
  return rows;
}

}  // namespace tanist::plan

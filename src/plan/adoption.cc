#include "plan/adoption.h"

#include <algorithm>
#include <iterator>

#include "topology/sources.h"

namespace tanist::plan {

namespace {

using topology::Member;
using topology::ReceiverState;
using topology::ServerState;

constexpr RuleRow kRows[] = {
    {"K80", "a replica of the primary is in no section, and discover=0: alarm", "", "discover=1, or a section for it"},
    {"K82", "the same, with discover=1: it answers our account, its host answers ssh, its receiver is connected to the primary, and no "
            "failover would be refused because of it: it is adopted", "", "discover=0"},
    {"K84", "the same, and one of these is not so: alarm", "", "a section for it"},
    {"K86", "an adopted replica has a section now, or discover=0, or for 24 h it was neither connected to the primary nor answered as a "
            "replica of a server of the file, or in two looks a failover would be refused because of it: it is forgotten", "", ""},
};

std::optional<Refusal> refused_without_primary(const Snapshot& look) {
  Policy policy;
  policy.dead_primary = *look.primary;
  return check_failover(topology::without(look, {*look.primary}), policy);
}

std::optional<std::string> why_no_replica_of(const Member& primary, const ServerState& answer, const Snapshot& look) {
  const topology::ReplicaStatus* replica = answer.replica();
  if (!replica) return "it has no replication channel without a name, or several channels";
  const std::string source = replica->source_host + ":" + std::to_string(replica->source_port);
  if (topology::source_of(*replica, look.members) != &primary)
    return "it calls its source " + source + ", and in the configuration the primary is " + primary.facts.text();
  if (replica->receiver != ReceiverState::running) return "its receiver is not connected to " + source;
  if (replica->source_server_id != primary.state()->server_id)
    return "its receiver is connected to server_id " + std::to_string(replica->source_server_id) + ", which is not the primary's";
  return std::nullopt;
}

}  // namespace

std::optional<StrangerVerdict> judge_stranger(const topology::Stranger& stranger, const Snapshot& look, bool discover,
                                              const std::string& why_not) {
  const std::string who = stranger.text() + " replicates from " + look.primary_member()->facts.text() + " and no section names it: ";
  if (!discover)
    return StrangerVerdict{"K80", who + "a failover would leave it behind. Write a section for it, or discover=1"};
  if (!why_not.empty())
    return StrangerVerdict{"K84", who + "it is not adopted, because " + why_not + ". A failover would leave it behind"};
  return std::nullopt;
}

std::optional<std::string> why_not_adopted(const topology::Stranger& stranger, const topology::ServerFacts& as,
                                           const ServerState& answer, const Snapshot& look) {
  const Member* primary = look.primary_member();
  if (!primary || !primary->alive()) return "the primary does not answer";
  if (answer.server_id != stranger.server_id)
    return "who answers there has server_id " + std::to_string(answer.server_id);
  if (auto why = why_no_replica_of(*primary, answer, look)) return why;
  Snapshot with = look;
  with.members.push_back({as, {as.id, look.taken, answer}, topology::Role::replica, ""});
  if (auto why = why_in_the_way(std::move(with), as.id)) return "if the primary died now, its failover would be refused: " + *why;
  return std::nullopt;
}

std::optional<std::string> why_in_the_way(Snapshot look, const ServerId& who, const std::set<ServerId>& others) {
  auto remove = [&look](const std::set<ServerId>& ids) {
    std::erase_if(look.members, [&](const Member& member) { return ids.contains(member.facts.id); });
  };
  std::set<ServerId> rest = others;
  rest.erase(who);
  remove(rest);
  auto refusal = refused_without_primary(look);
  if (!refusal) return std::nullopt;
  remove({who});
  if (refused_without_primary(look)) return std::nullopt;
  return refusal->rule + ": " + refusal->what;
}

std::optional<std::string> why_forgotten(const AdoptedFacts& facts) {
  if (!facts.discover) return "discover is not set any more";
  if (!facts.section.empty()) return "[" + facts.section + "] names it now";
  if (facts.absent > kForgottenAfter) return "for " + std::to_string(kForgottenAfter.count()) + " h it was no replica of this cluster";
  if (!facts.in_the_way.empty()) return "if the primary died now, its failover would be refused: " + facts.in_the_way;
  return std::nullopt;
}

std::vector<RuleRow> adoption_rules() { return {std::begin(kRows), std::end(kRows)}; }

}  // namespace tanist::plan

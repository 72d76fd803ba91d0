// Settings that make a failover fail or lose events later. B19 of the reference's list: known causes that
// nobody checked.
#include <map>

#include "base/text.h"
#include "gtid/mysql_gtid_set.h"
#include "plan/startup_rows.h"

namespace tanist::plan {

void read_only_replicas(const CheckFacts& facts, Out out) {
  for (const Member* member : facts.replicas)
    if (!member->state()->read_only) out.about(*member, "is a replica and has read_only=0");
}

void settings_of_replicas(const CheckFacts& facts, Out out) {
  for (const Member* member : facts.replicas) {
    if (member->state()->relay_log_purge && member->state()->gtid_mode != "ON")
      out.about(*member, "has relay_log_purge=1: what it has applied cannot be given to others");
    if (!member->state()->log_bin) out.about(*member, "writes no binary log: it cannot be promoted");
  }
}

void unique_server_ids(const CheckFacts& facts, Out out) {
  std::map<uint32_t, const Member*> first;
  for (const Member& member : facts.snapshot.members) {
    if (!member.alive()) continue;
    auto [known, is_new] = first.emplace(member.state()->server_id, &member);
    if (!is_new)
      out.about(member, "has server_id " + std::to_string(member.state()->server_id) + " like " +
                            known->second->facts.text() + ": they throw away each other's events");
  }
}

void logs_what_it_applies(const CheckFacts& facts, Out out) {
  for (const Member* member : facts.replicas)
    if (member->state()->log_bin && !member->state()->log_replica_updates)
      out.about(*member, "has log_replica_updates=0: promoted, its log lacks what it replicated before");
}

void same_gtid_mode(const CheckFacts& facts, Out out) {
  std::map<std::string, std::vector<std::string>> modes;
  for (const Member& member : facts.snapshot.members)
    if (member.alive() && member.state()->version.is_mysql())
      modes[member.state()->gtid_mode.empty() ? "OFF" : member.state()->gtid_mode].push_back(
          member.facts.id.text);
  if (modes.size() < 2) return;
  std::vector<std::string> texts;
  for (const auto& [mode, servers] : modes) texts.push_back(mode + " on " + join(servers, ", "));
  out.about_cluster("gtid_mode differs: " + join(texts, "; ") + ".");
}

// Only a replica's own transactions count: others may simply have arrived after the primary was looked at.
void errant_transactions(const CheckFacts& facts, Out out) {
  const Member* primary = facts.snapshot.primary_member();
  if (!primary || !primary->alive()) return;
  auto there = gtid::GtidSet::parse(primary->state()->executed_gtids);
  for (const Member* member : facts.replicas) {
    auto here = gtid::GtidSet::parse(member->state()->executed_gtids);
    auto uuid = gtid::parse_uuid(member->state()->server_uuid);
    if (!there || !here || !uuid) continue;
    gtid::GtidSet missing = here->minus(*there), own;
    for (const auto& [source, intervals] : missing.sources())
      if (source.uuid == *uuid)
        for (const auto& interval : intervals) own.add(source, interval.first, interval.last);
    if (!own.empty())
      out.about(*member, "has " + std::to_string(own.count()) +
                             " transaction(s) of its own that the primary lacks: " + own.text());
  }
}

void passwords_known(const CheckFacts& facts, Out out) {
  for (const Member* member : managed(facts.snapshot))
    if (!member->facts.has_repl_password && !member->facts.no_master)
      out.about(*member, "has no repl_password here: promoted, the others would have to remember theirs");
}

}  // namespace tanist::plan

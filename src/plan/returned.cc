#include "plan/returned.h"

#include <algorithm>

#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::plan {

namespace {

using MaybeVerdict = std::optional<ReturnVerdict>;  // its rule is filled in by the row

ReturnVerdict verdict(ReturnKind kind, std::string sentence) { return {"", kind, std::move(sentence), "", {}}; }

bool mysql_gtids(const ReturnFacts& f) { return returns_by_mysql_gtids(f); }
bool mariadb_gtids(const ReturnFacts& f) { return returns_by_mariadb_gtids(f); }
bool by_position(const ReturnFacts& f) { return !mysql_gtids(f) && !mariadb_gtids(f); }

// What a server writes into its log by itself when it starts and stops.
bool is_bookkeeping(const LoggedEvent& event) {
  static constexpr std::string_view kOwn[] = {"Format_desc", "Rotate", "Stop", "Previous_gtids", "Gtid_list",
                                              "Binlog_checkpoint", "Start_encryption", "Heartbeat"};
  return std::find(std::begin(kOwn), std::end(kOwn), event.type) != std::end(kOwn);
}

std::vector<LoggedEvent> transactions_in(const std::vector<LoggedEvent>& events) {
  std::vector<LoggedEvent> found;
  std::copy_if(events.begin(), events.end(), std::back_inserter(found),
               [](const LoggedEvent& event) { return !is_bookkeeping(event); });
  return found;
}

MaybeVerdict is_member(const ReturnFacts& f) {
  if (!f.follows_member) return std::nullopt;
  return verdict(ReturnKind::member, f.name + " replicates within the cluster again");
}

MaybeVerdict follows_somebody_else(const ReturnFacts& f) {
  if (f.returned.channels.empty()) return std::nullopt;
  const auto& source = f.returned.channels.front();
  return verdict(ReturnKind::unclear, f.name + " replicates from " + source.source_host + ":" +
                                          std::to_string(source.source_port) + ", which is no part of the cluster");
}

MaybeVerdict unreadable_gtids(const ReturnFacts& f) {
  bool sound = true;
  if (mysql_gtids(f)) {
    sound = gtid::GtidSet::parse(f.returned.executed_gtids) && gtid::GtidSet::parse(f.primary.executed_gtids);
  } else if (mariadb_gtids(f)) {
    sound = gtid::MariadbGtidPos::parse(f.returned.mariadb_binlog_pos) && gtid::MariadbGtidPos::parse(f.recovered_gtids);
  }
  if (sound) return std::nullopt;
  return verdict(ReturnKind::unclear, "the GTIDs of " + f.name + " cannot be read");
}

// Somebody has reset its log, or is about to build it anew: asked for all it lacks, the primary would send everything again.
MaybeVerdict no_gtids(const ReturnFacts& f) {
  const bool none = mysql_gtids(f) ? f.returned.executed_gtids.empty()
                                   : mariadb_gtids(f) && f.returned.mariadb_binlog_pos.empty() && f.returned.mariadb_slave_pos.empty();
  if (!none) return std::nullopt;
  return verdict(ReturnKind::unclear, f.name + " has no GTID at all: nobody knows what is in its tables");
}

MaybeVerdict extra_mysql_gtids(const ReturnFacts& f) {
  if (!mysql_gtids(f)) return std::nullopt;
  auto extra = gtid::GtidSet::parse(f.returned.executed_gtids)->minus(*gtid::GtidSet::parse(f.primary.executed_gtids));
  if (extra.empty()) return std::nullopt;
  ReturnVerdict found = verdict(ReturnKind::extra, f.name + " has " + std::to_string(extra.count()) +
                                                       " transaction(s) that " + f.primary_name + " does not have: " +
                                                       extra.text());
  found.extra_gtids = extra.text();
  if (f.beyond) found.extra_events = transactions_in(*f.beyond);
  return found;
}

// A position names the last transaction of each domain, whoever wrote it: what the old primary wrote beyond the last
// one that was recovered from it has higher numbers.
MaybeVerdict extra_mariadb_gtids(const ReturnFacts& f) {
  if (!mariadb_gtids(f)) return std::nullopt;
  auto has = gtid::MariadbGtidPos::parse(f.returned.mariadb_binlog_pos);
  auto recovered = gtid::MariadbGtidPos::parse(f.recovered_gtids);
  if (recovered->covers(*has)) return std::nullopt;
  ReturnVerdict found = verdict(ReturnKind::extra, f.name + " is at " + has->text() + ", and the others were brought to " +
                                                       recovered->text() + " of it");
  found.extra_gtids = has->text();
  if (f.beyond) found.extra_events = transactions_in(*f.beyond);
  return found;
}

MaybeVerdict no_coordinate(const ReturnFacts& f) {
  if (!by_position(f) || !f.recovered_to.empty()) return std::nullopt;
  return verdict(ReturnKind::unclear, "it is not known how far of the log of " + f.name + " the others were brought");
}

MaybeVerdict unread_log(const ReturnFacts& f) {
  if (!by_position(f) || f.beyond) return std::nullopt;
  return verdict(ReturnKind::unclear,
                 "the log of " + f.name + " cannot be read from " + f.recovered_to + " on: " + f.unread);
}

MaybeVerdict extra_events(const ReturnFacts& f) {
  if (!by_position(f)) return std::nullopt;
  auto extra = transactions_in(*f.beyond);
  if (extra.empty()) return std::nullopt;
  ReturnVerdict found = verdict(
      ReturnKind::extra, "the log of " + f.name + " goes on behind " + f.recovered_to + ", up to which the others have "
                         "it: " + std::to_string(extra.size()) + " event(s) from " + extra.front().file + ":" +
                             std::to_string(extra.front().position) + " on");
  found.extra_events = std::move(extra);
  return found;
}

MaybeVerdict another_successor(const ReturnFacts& f) {
  if (f.by_gtid || f.same_successor) return std::nullopt;
  return verdict(ReturnKind::unclear, "another server has become the primary since " + f.name +
                                          " was replaced, and without GTIDs nobody knows where " + f.name +
                                          " stands in its log");
}

MaybeVerdict clean(const ReturnFacts& f) {
  return verdict(ReturnKind::clean, f.name + " has nothing that " + f.primary_name + " does not have");
}

struct Row {
  RuleRow row;
  MaybeVerdict (*speaks)(const ReturnFacts& f);
};
constexpr Row kRows[] = {
    {{"B10", "it replicates from a server of the cluster: a member again", "R1", ""}, is_member},
    {{"B15", "it replicates from somebody else: unclear", "R3", ""}, follows_somebody_else},
    {{"B18", "its GTIDs cannot be read: unclear", "R3", ""}, unreadable_gtids},
    {{"B19", "replicas by GTID, and it has none at all: its log was reset: unclear", "R3", ""}, no_gtids},
    {{"B20", "MySQL with GTIDs: it has executed what the primary has not: extra", "R10", ""},
     extra_mysql_gtids},
    {{"B22", "MariaDB, replicas by GTID: it has written beyond what was recovered from it: extra", "R10", ""},
     extra_mariadb_gtids},
    {{"B30", "by position: it was not noted how far the others were brought: unclear", "R3", ""}, no_coordinate},
    {{"B32", "by position: its log cannot be read from there on, or ends before: unclear", "R3", ""}, unread_log},
    {{"B34", "by position: behind that place its log holds transactions: extra", "R10", ""},
     extra_events},
    {{"B36", "by position: whoever replaced it is not the primary any more: unclear", "R3", ""}, another_successor},
    {{"B40", "none of these: it can become a replica", "", "auto_rejoin"}, clean},
};

}  // namespace

bool returns_by_mysql_gtids(const ReturnFacts& facts) {
  return facts.returned.version.is_mysql() && facts.returned.gtid_mode == "ON";
}
bool returns_by_mariadb_gtids(const ReturnFacts& facts) { return facts.by_gtid && !facts.returned.version.is_mysql(); }

std::string_view to_string(ReturnKind kind) {
  switch (kind) {
    case ReturnKind::member:
      return "member";
    case ReturnKind::clean:
      return "clean";
    case ReturnKind::extra:
      return "extra";
    case ReturnKind::unclear:
      return "unclear";
  }
  return "?";
}

ReturnVerdict judge_return(const ReturnFacts& facts) {
  for (const Row& row : kRows) {
    auto found = row.speaks(facts);
    if (!found) continue;
    found->rule = row.row.id;
    return *found;
  }
  return verdict(ReturnKind::unclear, "");
}

std::vector<RuleRow> return_rules() {
  std::vector<RuleRow> rows;
  for (const Row& row : kRows) rows.push_back(row.row);
  return rows;
}

}  // namespace tanist::plan

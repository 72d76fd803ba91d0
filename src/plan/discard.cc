#include "plan/discard.h"

#include <algorithm>

#include "base/text.h"
#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"

namespace tanist::plan {

namespace {

using gtid::GtidSet;
using gtid::MariadbGtid;
using gtid::MariadbGtidPos;
using MaybeVerdict = std::optional<DiscardVerdict>;  // its rule is filled in by the row

DiscardVerdict refused(std::string sentence) { return {"", Discard::refused, std::move(sentence), ""}; }

// The statement, without the database that it is said in.
std::string_view statement_of(const LoggedEvent& event) {
  std::string_view text = event.info;
  const size_t behind = text.starts_with("use `") ? text.find("`; ") : text.npos;
  return behind == text.npos ? text : text.substr(behind + 3);
}

// What begins and ends a transaction, and FLUSH, which is logged and changes no table.
bool changes_nothing(const LoggedEvent& event) {
  static constexpr std::string_view kFrame[] = {"Format_desc", "Rotate", "Stop", "Previous_gtids", "Gtid_list",
                                                "Binlog_checkpoint", "Start_encryption", "Heartbeat",
                                                "Gtid", "Gtid_tagged", "Anonymous_Gtid", "Xid"};
  if (std::find(std::begin(kFrame), std::end(kFrame), event.type) != std::end(kFrame)) return true;
  if (event.type != "Query") return false;
  const std::string_view statement = statement_of(event);
  return statement == "BEGIN" || statement == "COMMIT" || statement == "ROLLBACK" || statement.starts_with("FLUSH ");
}

// SET @@SESSION.GTID_NEXT= '3e11fa47-…:5'
GtidSet mysql_gtids_in(const std::vector<LoggedEvent>& events) {
  GtidSet found;
  for (const LoggedEvent& event : events) {
    const size_t first = event.info.find('\''), last = event.info.rfind('\'');
    if (!event.type.starts_with("Gtid") || first == last) continue;
    if (auto gtid = GtidSet::parse(event.info.substr(first + 1, last - first - 1))) found.add(*gtid);
  }
  return found;
}

// BEGIN GTID 0-1-5, or GTID 0-1-5
std::vector<MariadbGtid> mariadb_gtids_in(const std::vector<LoggedEvent>& events) {
  std::vector<MariadbGtid> found;
  for (const LoggedEvent& event : events) {
    const size_t at = event.type == "Gtid" ? event.info.find("GTID ") : event.info.npos;
    if (at == event.info.npos) continue;
    const std::string text = event.info.substr(at + 5);
    if (auto gtid = MariadbGtid::parse(text.substr(0, text.find(' ')))) found.push_back(*gtid);
  }
  return found;
}

// Of each domain the list must hold everything from behind what was recovered to the last one.
bool holds_all(const std::vector<MariadbGtid>& listed, const MariadbGtidPos& has, const MariadbGtidPos& recovered) {
  return std::all_of(has.domains().begin(), has.domains().end(), [&](const auto& domain) {
    const auto& [number, last] = domain;
    const uint64_t known = recovered.seq_of(number).value_or(0);
    uint64_t next = known + 1;
    for (const MariadbGtid& gtid : listed)
      if (gtid.domain == number && gtid.seq == next) ++next;
    return last.seq <= known || next > last.seq;
  });
}

MaybeVerdict list_is_not_whole(const ReturnFacts& f) {
  if (f.beyond && f.beyond_is_all) return std::nullopt;
  return refused("not all that " + f.name + " has of its own could be read from its log" +
                 (f.unread.empty() ? "" : ": " + f.unread));
}

MaybeVerdict gtids_elsewhere(const ReturnFacts& f) {
  bool all = true;
  if (returns_by_mysql_gtids(f)) {
    auto extra = GtidSet::parse(f.returned.executed_gtids)->minus(*GtidSet::parse(f.primary.executed_gtids));
    all = mysql_gtids_in(*f.beyond).contains(extra);
  } else if (returns_by_mariadb_gtids(f)) {
    all = holds_all(mariadb_gtids_in(*f.beyond), *MariadbGtidPos::parse(f.returned.mariadb_binlog_pos),
                    *MariadbGtidPos::parse(f.recovered_gtids));
  }
  if (all) return std::nullopt;
  return refused("some of its own transactions are not in its log behind " + f.recovered_to);
}

MaybeVerdict something_changed(const ReturnFacts& f) {
  auto first = std::find_if(f.beyond->begin(), f.beyond->end(), [](const LoggedEvent& event) { return !changes_nothing(event); });
  if (first == f.beyond->end()) return std::nullopt;
  return refused("they have changed its tables (" + first->type + " at " + first->file + ":" + std::to_string(first->position) +
                 "), and as a replica it would go on with what they left there");
}

MaybeVerdict lacks_recovered(const ReturnFacts& f) {
  if (!returns_by_mariadb_gtids(f)) return std::nullopt;
  if (MariadbGtidPos::parse(f.returned.mariadb_binlog_pos)->covers(*MariadbGtidPos::parse(f.recovered_gtids))) return std::nullopt;
  return refused(f.name + " lacks some of " + f.recovered_gtids + ", which the others had when it was replaced");
}

MaybeVerdict another_successor(const ReturnFacts& f) {
  if (f.by_gtid || f.same_successor) return std::nullopt;
  return refused("another server has become the primary since " + f.name + " was replaced, and without GTIDs nobody knows where " +
                 f.name + " stands in its log");
}

MaybeVerdict empty_with_gtids(const ReturnFacts& f) {
  DiscardVerdict found{"", Discard::reset_logs, "they have changed nothing; their GTIDs go with its log", f.recovered_gtids};
  if (returns_by_mysql_gtids(f)) {
    auto executed = GtidSet::parse(f.returned.executed_gtids);
    found.gtids = executed->intersect(*GtidSet::parse(f.primary.executed_gtids)).text();
  }
  return returns_by_mysql_gtids(f) || returns_by_mariadb_gtids(f) ? MaybeVerdict(found) : std::nullopt;
}

MaybeVerdict empty_by_position(const ReturnFacts&) {
  return DiscardVerdict{"", Discard::leave_log, "they have changed nothing, and its replicas ask by position", ""};
}

struct Row {
  RuleRow row;
  MaybeVerdict (*speaks)(const ReturnFacts& f);
};
constexpr Row kRows[] = {
    {{"X10", "its log could not be read, or is longer than was read: refused", "R3", ""}, list_is_not_whole},
    {{"X20", "its own GTIDs are not all in its log behind what was recovered: refused", "R3", ""}, gtids_elsewhere},
    {{"X30", "they hold rows or a statement other than FLUSH: refused", "R3", "building it anew from a backup"}, something_changed},
    {{"X34", "MariaDB by GTID: it lacks what the others had when it was replaced: refused", "R3", ""}, lacks_recovered},
    {{"X36", "by position: whoever replaced it is not the primary any more: refused", "R3", ""}, another_successor},
    {{"X40", "with GTIDs, and they are empty: its log and its GTIDs are reset", "", "--discard_extra"}, empty_with_gtids},
    {{"X50", "by position, and they are empty: they stay in its log", "", "--discard_extra"}, empty_by_position},
};

}  // namespace

DiscardVerdict judge_discard(const ReturnFacts& facts) {
  for (const Row& row : kRows) {
    auto found = row.speaks(facts);
    if (!found) continue;
    found->rule = row.row.id;
    return *found;
  }
  return refused("");
}

std::vector<RuleRow> discard_rules() {
  std::vector<RuleRow> rows;
  for (const Row& row : kRows) rows.push_back(row.row);
  return rows;
}

}  // namespace tanist::plan

#include "plan/discard.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/server_version.h"

namespace tanist::plan {
namespace {

const std::string kOld = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

using Events = std::vector<LoggedEvent>;

ReturnFacts facts_of(const char* version, Events beyond) {
  ReturnFacts facts;
  facts.name = "db1";
  facts.primary_name = "db2";
  facts.returned.version = facts.primary.version = parse_server_version(version);
  facts.recovered_to = "mysql-bin.000004:2041";
  facts.beyond = std::move(beyond);
  return facts;
}
LoggedEvent mysql_gtid(int number) {
  return {"b.4", 2041, "Gtid", "SET @@SESSION.GTID_NEXT= '" + kOld + ":" + std::to_string(number) + "'"};
}
LoggedEvent query(const char* text) { return {"b.4", 2100, "Query", text}; }
const LoggedEvent kXid{"b.4", 2200, "Xid", "COMMIT /* xid=9 */"}, kRows{"b.4", 2150, "Write_rows_v1", "table_id: 9"};

ReturnFacts mysql(Events beyond) {
  ReturnFacts facts = facts_of("8.0.36", std::move(beyond));
  facts.by_gtid = true;
  facts.returned.gtid_mode = facts.primary.gtid_mode = "ON";
  facts.returned.executed_gtids = kOld + ":1-6";
  facts.primary.executed_gtids = kOld + ":1-5,4f21fa47-71ca-11e1-9e33-c80aa9429562:1-9";
  return facts;
}
ReturnFacts mariadb(Events beyond, const char* has = "0-1-106") {
  ReturnFacts facts = facts_of("10.11.6-MariaDB", std::move(beyond));
  facts.by_gtid = true;
  facts.returned.mariadb_binlog_pos = has;
  facts.recovered_gtids = "0-1-105";
  return facts;
}
LoggedEvent mariadb_gtid(const char* text) { return {"b.4", 2041, "Gtid", text}; }

ReturnFacts changed(ReturnFacts facts, const std::function<void(ReturnFacts&)>& change) {
  change(facts);
  return facts;
}

struct Known {
  const char* name;
  ReturnFacts facts;
  const char* rule;
  Discard how;
};

const std::vector<Known>& situations() {
  static const std::vector<Known> all = {
      {"no list", changed(mysql({}), [](auto& f) { f.beyond.reset(); }), "X10", Discard::refused},
      {"a list that was cut", changed(mysql({mysql_gtid(6)}), [](auto& f) { f.beyond_is_all = false; }), "X10", Discard::refused},
      {"MySQL, elsewhere in its log", mysql({{"b.5", 4, "Format_desc", ""}}), "X20", Discard::refused},
      {"MariaDB, one is not listed", mariadb({mariadb_gtid("BEGIN GTID 0-1-107")}, "0-1-107"), "X20", Discard::refused},
      {"MariaDB, a domain of its own", mariadb({mariadb_gtid("BEGIN GTID 0-1-106")}, "0-1-106,7-1-2"), "X20", Discard::refused},
      {"a row", mysql({mysql_gtid(6), query("BEGIN"), kRows, kXid}), "X30", Discard::refused},
      {"a statement", mysql({mysql_gtid(6), query("use `app`; CREATE TABLE t (a INT)")}), "X30", Discard::refused},
      {"a word that only looks like one", mysql({mysql_gtid(6), query("FLUSHED")}), "X30", Discard::refused},
      {"an unknown event", mysql({mysql_gtid(6), {"b.4", 2100, "Transaction_payload", ""}}), "X30", Discard::refused},
      {"MariaDB, it lacks what was recovered", changed(mariadb({}, "0-1-100"), [](auto& f) { f.recovered_gtids = "0-1-105,3-1-2"; }), "X34", Discard::refused},
      {"somebody else's log", changed(facts_of("5.6.24-log", {query("BEGIN")}), [](auto& f) { f.same_successor = false; }), "X36",
       Discard::refused},
      {"MySQL, empty", mysql({mysql_gtid(6), query("BEGIN"), query("COMMIT")}), "X40", Discard::reset_logs},
      {"MySQL, FLUSH", mysql({mysql_gtid(6), query("use `app`; FLUSH PRIVILEGES")}), "X40", Discard::reset_logs},
      {"MariaDB, FLUSH", mariadb({mariadb_gtid("GTID 0-1-106"), query("FLUSH TABLES")}), "X40", Discard::reset_logs},
      {"by position, FLUSH", facts_of("5.6.24-log", {query("FLUSH TABLES")}), "X50", Discard::leave_log},
  };
  return all;
}

TEST(Discard, knows_the_situations) {
  for (const Known& known : situations()) {
    DiscardVerdict verdict = judge_discard(known.facts);
    EXPECT_EQ(verdict.rule, known.rule) << known.name;
    EXPECT_EQ(verdict.how, known.how) << known.name;
    EXPECT_FALSE(verdict.sentence.empty()) << known.name;
  }
}

TEST(Discard, every_row_is_reached) {
  std::set<std::string> reached;
  for (const Known& known : situations()) reached.insert(judge_discard(known.facts).rule);
  for (const RuleRow& row : discard_rules()) EXPECT_TRUE(reached.contains(std::string(row.id))) << row.id;
}

TEST(Discard, keeps_the_gtids_that_others_have) {
  EXPECT_EQ(judge_discard(mysql({mysql_gtid(6), query("BEGIN"), query("COMMIT")})).gtids, kOld + ":1-5");
  EXPECT_EQ(judge_discard(mariadb({mariadb_gtid("GTID 0-1-106"), query("FLUSH TABLES")})).gtids, "0-1-105");
}

}  // namespace
}  // namespace tanist::plan

#include "plan/returned.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/server_version.h"

namespace tanist::plan {
namespace {

constexpr const char* kOld = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr const char* kNew = "4f21fa47-71ca-11e1-9e33-c80aa9429562";

ReturnFacts facts_of(const char* version) {
  ReturnFacts facts;
  facts.name = "db1";
  facts.primary_name = "db2";
  facts.returned.version = facts.primary.version = parse_server_version(version);
  facts.recovered_to = "mysql-bin.000004:2041";
  facts.beyond = {{"mysql-bin.000005", 4, "Format_desc", ""}};
  return facts;
}
ReturnFacts mysql(const std::string& returned, const std::string& primary) {
  ReturnFacts facts = facts_of("8.0.36");
  facts.returned.gtid_mode = facts.primary.gtid_mode = "ON";
  facts.returned.executed_gtids = std::string(kOld) + ":" + returned;
  facts.primary.executed_gtids = std::string(kOld) + ":" + primary + "," + kNew + ":1-9";
  return facts;
}
ReturnFacts mariadb(const std::string& returned, const std::string& recovered) {
  ReturnFacts facts = facts_of("10.11.6-MariaDB");
  facts.by_gtid = true;
  facts.returned.mariadb_binlog_pos = returned;
  facts.recovered_gtids = recovered;
  return facts;
}
ReturnFacts by_position(std::vector<LoggedEvent> beyond) {
  ReturnFacts facts = facts_of("5.6.24-log");
  facts.beyond = std::move(beyond);
  return facts;
}
ReturnFacts changed(ReturnFacts facts, const std::function<void(ReturnFacts&)>& change) {
  change(facts);
  return facts;
}
void follow(ReturnFacts& facts) {
  facts.returned.channels.emplace_back();
  facts.returned.channels.front().source_host = "elsewhere";
}

struct Known {
  const char* name;
  ReturnFacts facts;
  const char* rule;
  ReturnKind kind;
};

const std::vector<Known>& situations() {
  static const std::vector<Known> all = {
      {"a member again", changed(mysql("1-7", "1-5"), [](auto& f) { f.follows_member = true; }), "B10", ReturnKind::member},
      {"below somebody else", changed(mysql("1-5", "1-5"), follow), "B15", ReturnKind::unclear},
      {"unreadable", changed(mysql("1-5", "1-5"), [](auto& f) { f.returned.executed_gtids = "what"; }), "B18",
       ReturnKind::unclear},
      {"MySQL, its log was reset", changed(mysql("1-5", "1-5"), [](auto& f) { f.returned.executed_gtids.clear(); }), "B19",
       ReturnKind::unclear},
      {"MariaDB, its log was reset", mariadb("", "0-1-105"), "B19", ReturnKind::unclear},
      {"MariaDB, reset, and its place is known", changed(mariadb("", "0-1-105"), [](auto& f) { f.returned.mariadb_slave_pos = "0-1-105"; }),
       "B40", ReturnKind::clean},
      {"MySQL, two too many", mysql("1-7", "1-5"), "B20", ReturnKind::extra},
      {"MySQL, all are known", mysql("1-5", "1-5"), "B40", ReturnKind::clean},
      {"MySQL, some are missing", mysql("1-4", "1-5"), "B40", ReturnKind::clean},
      {"MySQL with GTIDs needs no log", changed(mysql("1-5", "1-5"), [](auto& f) { f.beyond.reset(); }), "B40",
       ReturnKind::clean},
      {"MariaDB, beyond", mariadb("0-1-107", "0-1-105"), "B22", ReturnKind::extra},
      {"MariaDB, a domain of its own", mariadb("0-1-105,7-1-1", "0-1-105"), "B22", ReturnKind::extra},
      {"MariaDB, all are known", mariadb("0-1-105", "0-1-105"), "B40", ReturnKind::clean},
      {"MariaDB, successors in between do not matter",
       changed(mariadb("0-1-105", "0-1-105"), [](auto& f) { f.same_successor = false; }), "B40", ReturnKind::clean},
      {"nothing noted", changed(by_position({}), [](auto& f) { f.recovered_to.clear(); }), "B30", ReturnKind::unclear},
      {"log unread", changed(by_position({}), [](auto& f) { f.beyond.reset(); }), "B32", ReturnKind::unclear},
      {"transactions behind", by_position({{"mysql-bin.000004", 2041, "Query", "BEGIN"}}), "B34", ReturnKind::extra},
      {"only what a start writes", by_position({{"mysql-bin.000004", 2041, "Stop", ""}, {"mysql-bin.000005", 4, "Format_desc", ""}}),
       "B40", ReturnKind::clean},
      {"somebody else's log", changed(by_position({}), [](auto& f) { f.same_successor = false; }), "B36",
       ReturnKind::unclear},
  };
  return all;
}

TEST(Returned, knows_the_situations) {
  for (const Known& known : situations()) {
    ReturnVerdict verdict = judge_return(known.facts);
    EXPECT_EQ(verdict.rule, known.rule) << known.name;
    EXPECT_EQ(verdict.kind, known.kind) << known.name;
    EXPECT_NE(verdict.sentence.find("db1"), std::string::npos) << known.name << ": " << verdict.sentence;
  }
}

TEST(Returned, every_row_is_reached) {
  std::set<std::string> reached;
  for (const Known& known : situations()) reached.insert(judge_return(known.facts).rule);
  for (const RuleRow& row : return_rules()) EXPECT_TRUE(reached.contains(std::string(row.id))) << row.id;
}

TEST(Returned, names_what_is_extra) {
  auto mysql_extra = judge_return(mysql("1-7", "1-5"));
  EXPECT_EQ(mysql_extra.extra_gtids, std::string(kOld) + ":6-7");
  auto logged = judge_return(by_position({{"mysql-bin.000005", 4, "Format_desc", ""}, {"mysql-bin.000005", 120, "Query", "BEGIN"}}));
  ASSERT_EQ(logged.extra_events.size(), 1u);
  EXPECT_EQ(logged.extra_events.front().position, 120u);
}

}  // namespace
}  // namespace tanist::plan

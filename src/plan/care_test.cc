#include "plan/care.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/server_version.h"

namespace tanist::plan {
namespace {

using topology::Member;
using topology::Positioning;
using topology::ReceiverState;
using topology::ReplicaStatus;
using topology::Role;
using topology::ServerState;

const std::string kOld = "3e11fa47-71ca-11e1-9e33-c80aa9429562", kNew = "4f21fa47-71ca-11e1-9e33-c80aa9429562";

// db2 is the primary, db3 its replica, by GTID of MySQL; db1 was replaced.
struct World {
  Snapshot look;
  CarePolicy policy;
  std::vector<OldPrimary> replaced = {{"db1", "10.0.0.1", 3306, "0-1-105"}};
  int attempts = 0;

  World() {
    look.primary = ServerId{"server2"};
    look.members = {member("server2", "db2", Role::primary), member("server3", "db3", Role::replica)};
    state(1).read_only = true;
    state(1).channels.emplace_back();
    status().source_host = status().source_ip = "10.0.0.2";
    status().receiver = ReceiverState::running;
    status().applier_running = true;
    status().seconds_behind = 0;
    by_mysql("1-5");
  }
  static Member member(const char* id, const char* host, Role role) {
    Member one;
    one.facts.id = ServerId{id};
    one.facts.hostname = host;
    one.facts.ip = std::string("10.0.0.") + host[2];
    one.role = role;
    one.last.seen = ServerState{};
    return one;
  }
  ServerState& state(size_t number) { return std::get<ServerState>(look.members[number].last.seen); }
  ReplicaStatus& status() { return state(1).channels.front(); }

  void by_mysql(const std::string& executed) {
    state(0).version = state(1).version = parse_server_version("8.0.36");
    status().positioning = Positioning::auto_position;
    state(0).executed_gtids = kOld + ":1-5," + kNew + ":1-9";
    state(1).executed_gtids = kOld + ":" + executed;
  }
  void by_mariadb(const std::string& position) {
    state(0).version = state(1).version = parse_server_version("10.11.6-MariaDB");
    status().positioning = Positioning::mariadb_slave_pos;
    state(0).mariadb_binlog_pos = "0-2-200";
    state(1).mariadb_slave_pos = position;
  }
  void follows_db1() {
    look.members[1].role = Role::stray;
    look.members[1].problem = "db3 replicates from db1";
    status().source_host = status().source_ip = "10.0.0.1";
    policy.source = true;
  }
  void receiver_stops(int number) {
    status().receiver = ReceiverState::stopped;
    status().receiver_errno = number;
  }
  void falls_silent(topology::Silence silence, Role role) {
    look.members[1].last.seen = topology::NoAnswer{silence, 0, "no"};
    look.members[1].role = role;
  }

  std::vector<CareVerdict> verdicts() const {
    return care_for({look, {{ServerId{"server3"}, policy}}, replaced, {{ServerId{"server3"}, attempts}}});
  }
};

struct Known {
  const char* name;
  std::function<void(World&)> change;
  const char* rules;  // all that hold
  CareAct act = CareAct::none;
};

const std::vector<Known>& situations() {
  static const std::vector<Known> all = {
      {"in order", [](World&) {}, ""},
      {"too many connections", [](World& w) { w.receiver_stops(1040); }, "K10", CareAct::start_receiver},
      {"tried often", [](World& w) { w.receiver_stops(2003); w.attempts = kMostReceiverStarts; }, "K12"},
      {"not to be started", [](World& w) { w.receiver_stops(2003); w.policy.receiver = false; }, "K14"},
      {"nor beside a stopped applier", [](World& w) { w.receiver_stops(2003); w.status().applier_running = false; }, "K14 K42"},
      {"the log is gone", [](World& w) { w.receiver_stops(1236); }, "K16"},
      {"stopped by hand", [](World& w) { w.receiver_stops(0); }, "K18"},
      {"connecting", [](World& w) { w.receiver_stops(2003); w.status().receiver = ReceiverState::connecting; }, "K19"},
      {"the old primary's, all known", [](World& w) { w.follows_db1(); }, "K20", CareAct::follow_primary},
      {"MariaDB, all known", [](World& w) { w.follows_db1(); w.by_mariadb("0-1-104"); }, "K20", CareAct::follow_primary},
      {"not asked for", [](World& w) { w.follows_db1(); w.policy.source = false; }, "K22"},
      {"more than the primary", [](World& w) { w.follows_db1(); w.by_mysql("1-6"); }, "K24"},
      {"received more", [](World& w) { w.follows_db1(); w.status().retrieved_gtids = kOld + ":6"; }, "K24"},
      {"what it lacks is purged", [](World& w) { w.follows_db1(); w.by_mysql("1-4"); w.state(0).purged_gtids = kOld + ":1-5"; }, "K24"},
      {"no GTID", [](World& w) { w.follows_db1(); w.state(1).executed_gtids.clear(); }, "K24"},
      {"MariaDB, beyond what was recovered", [](World& w) { w.follows_db1(); w.by_mariadb("0-1-106"); }, "K24"},
      {"MariaDB, received more", [](World& w) { w.follows_db1(); w.by_mariadb("0-1-104"); w.status().receiver_gtid = "0-1-106"; }, "K24"},
      {"MariaDB, nothing noted", [](World& w) { w.follows_db1(); w.by_mariadb("0-1-104"); w.replaced[0].recovered_gtids.clear(); }, "K24"},
      {"by position", [](World& w) { w.follows_db1(); w.status().positioning = Positioning::file_position; }, "K24"},
      {"late on purpose", [](World& w) { w.follows_db1(); w.status().delay_seconds = 60; }, "K24"},
      {"a stopped applier", [](World& w) { w.follows_db1(); w.status().applier_running = false; }, "K24"},
      {"somebody unknown's", [](World& w) { w.follows_db1(); w.replaced.clear(); }, "K26"},
      {"no replica at all", [](World& w) { w.follows_db1(); w.state(1).channels.clear(); }, "K26"},
      {"takes writes", [](World& w) { w.state(1).read_only = false; }, "K30", CareAct::set_read_only},
      {"may take writes", [](World& w) { w.state(1).read_only = false; w.policy.read_only = false; }, "K32"},
      {"becomes the primary", [](World& w) { w.state(1).read_only = false; w.state(0).read_only = true; }, "K70"},
      {"its own replicas' matter",
       [](World& w) { w.state(1).read_only = false; w.receiver_stops(2003); w.look.members[1].role = Role::unmanaged; }, ""},
      {"a row too many", [](World& w) { w.status().applier_running = false; w.status().applier_errno = 1062; }, "K40"},
      {"an applier stopped by hand", [](World& w) { w.status().applier_running = false; }, "K42"},
      {"behind", [](World& w) { w.status().seconds_behind = 301; }, "K50"},
      {"behind on purpose", [](World& w) { w.status().seconds_behind = 301; w.status().delay_seconds = 60; }, ""},
      {"dead", [](World& w) { w.falls_silent(topology::Silence::refused, Role::dead); }, "K60"},
      {"refusing", [](World& w) { w.falls_silent(topology::Silence::error_packet, Role::refusing); }, "K62"},
      {"nobody may write", [](World& w) { w.state(0).read_only = true; }, "K70"},
  };
  return all;
}

std::vector<CareVerdict> verdicts_of(const Known& known) {
  World world;
  known.change(world);
  return world.verdicts();
}

TEST(Care, knows_the_situations) {
  for (const Known& known : situations()) {
    std::string rules;
    CareAct act = CareAct::none;
    for (const CareVerdict& verdict : verdicts_of(known)) {
      rules += (rules.empty() ? "" : " ") + verdict.rule;
      if (verdict.act != CareAct::none) act = verdict.act;
      EXPECT_NE(verdict.sentence.find("db"), std::string::npos) << known.name << ": " << verdict.sentence;
    }
    EXPECT_EQ(rules, known.rules) << known.name;
    EXPECT_EQ(act, known.act) << known.name;
  }
}

TEST(Care, every_row_is_reached) {
  std::set<std::string> reached;
  for (const Known& known : situations())
    for (const CareVerdict& verdict : verdicts_of(known)) reached.insert(verdict.rule);
  for (const RuleRow& row : care_rules()) EXPECT_TRUE(reached.contains(std::string(row.id))) << row.id;
}

TEST(Care, says_nothing_while_the_primary_is_silent) {
  World world;
  world.receiver_stops(2003);
  world.look.members[0].last.seen = topology::NoAnswer{};
  EXPECT_TRUE(world.verdicts().empty());
}

TEST(Care, follows_only_what_was_dead_or_replaced) {
  World world;
  world.follows_db1();
  world.replaced.clear();
  world.look.members.push_back(World::member("server1", "db1", Role::dead));
  world.look.members[2].facts.port = 3306;
  world.look.members[2].last.seen = topology::NoAnswer{};
  auto verdicts = world.verdicts();
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].rule, "K20");
  world.look.members[2] = World::member("server1", "db1", Role::stray);
  EXPECT_EQ(world.verdicts()[0].rule, "K26");
}

}  // namespace
}  // namespace tanist::plan

// The acts of a switch in their order, on every kind of server, under load.
#include <gmock/gmock.h>

#include "execute/test_switch.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::Recovery;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kVersions[] = {"10.11.6-MariaDB-log", "9.7.0", "5.6.51-log"};

TEST(Switch, moves_everybody_and_loses_nothing) {
  for (const char* version : kVersions) {
    for (bool gtid : {false, true}) {
      SCOPED_TRACE(std::string(version) + (gtid ? " with GTID" : ""));
      Recovery recovery(switchable(4, version, gtid));
      recovery.switching.policy.old_becomes_replica = true;
      Clients clients(recovery);
      auto result = recovery.run_switch();
      clients.stop();
      EXPECT_EQ(result.exit_code, 0) << result.why;
      EXPECT_EQ(result.new_primary, ServerId("server2"));
      EXPECT_TRUE(recovery.server(2).takes_writes());
      EXPECT_EQ(recovery.world.address_on, std::set<int>{2});
      EXPECT_FALSE(recovery.channel(2).configured);
      for (int number : {1, 3, 4}) {
        expect_follows(recovery, number, 2);
        expect_all_written(recovery, number);
      }
      EXPECT_THAT(recovery.world.violations, IsEmpty());
      EXPECT_TRUE(recovery.log.contains("Writes were blocked for "));
    }
  }
}

// What the old primary applies as a replica it writes into its own log: who still reads that by position would have it
// twice, from there and from the new primary.
TEST(Switch, gives_nothing_twice_to_a_replica_that_is_behind) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    auto scenario = switchable(3, version);
    scenario.replicas[1].apply_time = 3ms;
    Recovery recovery(scenario);
    recovery.switching.policy.old_becomes_replica = true;
    Clients clients(recovery);
    recovery.pass(200ms);
    EXPECT_EQ(recovery.run_switch().exit_code, 0);
    recovery.pass(5s);
    clients.stop();
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(Switch, does_everything_slow_before_writes_stop) {
  Recovery recovery(switchable(3));
  recovery.switching.policy.old_becomes_replica = true;
  EXPECT_EQ(recovery.run_switch().exit_code, 0);
  EXPECT_THAT(
      recovery.steps(),
      ElementsAre("flush_tables server1", "catch_up server2", "stop_ip_hook server1", "block_writes server1",
                  "wait_applied server2", "stop_replication server2", "prove_block server1",
                  "start_ip_hook server2", "enable_writes server2", "end_connections server1",
                  "unlock_tables server1", "repoint server3", "repoint server1", "reset_replica server2"));
}

TEST(Switch, locks_first_and_sets_read_only_when_the_new_primary_is_ready) {
  Recovery recovery(switchable(3));
  EXPECT_EQ(recovery.run_switch().exit_code, 0);
  EXPECT_THAT(recovery.acts_on(1),
              ElementsAre("FLUSH NO_WRITE_TO_BINLOG TABLES", "FLUSH TABLES WITH READ LOCK",
                          "SET GLOBAL read_only = 1", "UNLOCK TABLES"));
  EXPECT_THAT(recovery.acts_on(2), ElementsAre("STOP SLAVE", "SET GLOBAL read_only = 0", "RESET SLAVE ALL"));
}

TEST(Switch, uses_super_read_only_where_it_exists) {
  Recovery recovery(switchable(3, "9.7.0"));
  EXPECT_EQ(recovery.run_switch().exit_code, 0);
  EXPECT_THAT(recovery.acts_on(1),
              ElementsAre("FLUSH NO_WRITE_TO_BINLOG TABLES", "SET GLOBAL super_read_only = 1"));
  EXPECT_TRUE(recovery.server(1).super_read_only);
}

TEST(Switch, leaves_the_old_primary_read_only_and_alone_unless_asked) {
  Recovery recovery(switchable(3));
  Clients clients(recovery);
  EXPECT_EQ(recovery.run_switch().exit_code, 0);
  EXPECT_TRUE(recovery.server(1).read_only);
  EXPECT_FALSE(recovery.channel(1).configured);
  EXPECT_TRUE(recovery.log.contains("db1(10.0.0.1:3306) is left read-only."));
}

TEST(Switch, ends_what_clients_have_open_on_the_old_primary_and_lets_readers_finish) {
  Recovery recovery(switchable(3));
  auto& clients = recovery.server(1).clients;
  clients.push_back({11, "app", "web1", "shop", "Sleep", 500, "", "", topology::OpenTransaction{1, 1, 1}});
  clients.push_back({12, "app", "web1", "shop", "Sleep", 500, "", "", {}});
  clients.push_back({13, "report", "web2", "shop", "Query", 500, "", "SELECT 1", {}});
  clients.push_back({14, "repl", "db3", "", "Binlog Dump", 500, "", "", {}});
  clients.push_back({15, "system user", "", "", "Connect", 500, "", "", {}});
  EXPECT_EQ(recovery.run_switch().exit_code, 0);
  EXPECT_THAT(recovery.acts_on(1), Contains("KILL 11"));
  EXPECT_THAT(recovery.acts_on(1), Contains("KILL 12"));
  ASSERT_EQ(clients.size(), 3u);
  EXPECT_TRUE(recovery.log.contains("Ended 2 connection(s) to db1(10.0.0.1:3306)."));
}

TEST(Switch, finds_its_connections_again_when_the_script_has_ended_them) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    auto scenario = switchable(3, version);
    scenario.online_stop_ends_sessions = true;
    Recovery recovery(scenario);
    auto result = recovery.run_switch();
    EXPECT_EQ(result.exit_code, 0) << result.why;
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(Switch, without_a_script_the_servers_alone_say_who_takes_writes) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    auto scenario = switchable(3, version);
    scenario.online_hook = false;
    Recovery recovery(scenario);
    recovery.switching.policy.old_becomes_replica = true;
    Clients clients(recovery);
    auto result = recovery.run_switch();
    clients.stop();
    EXPECT_EQ(result.exit_code, 0) << result.why;
    for (int number : {1, 2, 3}) expect_all_written(recovery, number);
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(Switch, with_skip_lock_all_tables_the_log_must_stand_still) {
  auto scenario = switchable(3);
  Recovery recovery(scenario);
  recovery.switching.policy.lock_tables = false;
  Clients clients(recovery);
  auto result = recovery.run_switch();  // the script takes the address away, and with it the writers
  clients.stop();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.acts_on(1), Not(Contains("FLUSH TABLES WITH READ LOCK")));
  EXPECT_TRUE(recovery.server(1).read_only);
  expect_all_written(recovery, 2);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(Switch, check_only_changes_nothing) {
  Recovery recovery(switchable(3));
  recovery.switching.check_only = true;
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.world.acts, IsEmpty());
  EXPECT_FALSE(recovery.phase2_began);
  EXPECT_TRUE(recovery.log.contains("** Phase 1: Configuration Check Phase completed."));
  ASSERT_TRUE(result.decision);
  EXPECT_TRUE(std::holds_alternative<plan::SwitchPlan>(*result.decision));
}

TEST(Switch, a_delayed_replica_keeps_what_it_applies_later) {
  auto scenario = switchable(4);
  scenario.replicas[2].delay = 20;
  Recovery recovery(scenario);
  recovery.pass(30s);
  for (int i = 0; i < 5; ++i) recovery.server(1).commit();
  recovery.pass(1s);
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.channel(4).discarded, IsEmpty());
  expect_follows(recovery, 4, 2);
  recovery.pass(30s);
  expect_all_written(recovery, 4);
}

}  // namespace
}  // namespace tanist::execute

// After activation there is no way back: whatever fails there stops nothing else, is named with what to type, and leaves
// no replica at a stand-in that has ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execute/test_recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::Channel;
using sim::plain_scenario;
using sim::Recovery;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

void expect_stopped_with_its_old_source(Recovery& recovery, int number) {
  SCOPED_TRACE(number);
  expect_old_source(recovery, number);
  EXPECT_EQ(recovery.channel(number).receiver, Channel::Receiver::stopped);
  EXPECT_FALSE(recovery.channel(number).applier);
}

TEST(FailoverAfter, a_new_primary_that_stays_read_only_is_followed_all_the_same) {
  Recovery recovery(plain_scenario(4));
  recovery.server(2).keeps_read_only = true;
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_EQ(result.new_primary, ServerId("server2"));
  EXPECT_THAT(result.recovered, testing::UnorderedElementsAre("db3", "db4"));
  EXPECT_EQ(recovery.channel(3).settings.host, "10.0.0.2");
  EXPECT_THAT(recovery.steps(), Contains("enable_writes server2 failed"));
  EXPECT_THAT(recovery.steps(), Contains("reset_replica server2"));
  EXPECT_THAT(result.body, HasSubstr("db2(10.0.0.2:3306) may not take writes yet"));
  EXPECT_THAT(result.body, HasSubstr("Type on it: SET GLOBAL read_only = 0"));
  EXPECT_THAT(result.why, HasSubstr("Lock wait timeout exceeded"));
}

TEST(FailoverAfter, replicas_that_are_not_repointed_have_their_old_source_again) {
  for (bool gtid : {false, true}) {
    auto scenario = plain_scenario(4);
    scenario.gtid = gtid;
    Recovery recovery(scenario);
    recovery.request.policy.skip_change_master = true;
    recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 0) << result.why;
    for (int number : {3, 4}) {
      expect_stopped_with_its_old_source(recovery, number);
      EXPECT_EQ(recovery.server(number).data, recovery.server(2).data);
    }
    EXPECT_EQ(recovery.channel(3).settings.positioning,
              gtid ? sim::Positioning::slave_pos : sim::Positioning::file_position);
    EXPECT_THAT(result.body, HasSubstr("db3(10.0.0.3:3306): Its source is 10.0.0.1:3306 as before; it is stopped."));
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

// --wait_until_gtid_in_sync=0: what a replica has not applied when it is moved, it fetches again from its new source.
TEST(FailoverAfter, nobody_waits_for_a_slow_applier_that_finds_its_place_by_gtid_if_so_told) {
  for (bool waits : {true, false}) {
    auto scenario = plain_scenario(4);
    scenario.gtid = true;
    scenario.replicas[2].apply_time = 500ms;
    Recovery recovery(scenario);
    recovery.request.policy.wait_until_gtid_in_sync = waits;
    recovery.die_ahead_of({3, 4}, 40);
    const TimePoint began = recovery.world.clock.now();
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 0) << result.why;
    EXPECT_EQ(recovery.world.clock.now() - began > 20s, waits);
    EXPECT_EQ(recovery.server(4).data == recovery.server(2).data, waits);
    EXPECT_EQ(recovery.channel(4).settings.host, "10.0.0.2");
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(FailoverAfter, a_replica_whose_drain_failed_has_its_old_source_again) {
  Recovery recovery(with_a_slow_fourth());
  auto result = run_until_the_stand_in_ends(recovery);
  EXPECT_EQ(result.exit_code, 10);
  expect_stopped_with_its_old_source(recovery, 4);
  EXPECT_THAT(result.body, HasSubstr("db4(10.0.0.4:3306): Its source is 10.0.0.1:3306 as before; it is stopped."));
}

// It has fetched everything and cannot apply it: nothing of that is dropped (R2).
TEST(FailoverAfter, a_replica_whose_applier_failed_keeps_what_it_fetched) {
  for (bool gtid : {false, true}) {
    auto scenario = plain_scenario(4);
    scenario.gtid = gtid;
    scenario.replicas[2].apply_time = 500ms;
    Recovery recovery(scenario);
    recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
    recovery.when("server4: START", [&] {
      recovery.world.after(2s, [&] {
        recovery.channel(4).stop_applier();
        recovery.channel(4).sql_errno = 1032;
      });
    });
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 10);
    expect_stopped_with_its_old_source(recovery, 4);
    EXPECT_THAT(recovery.channel(4).discarded, IsEmpty());
    EXPECT_THAT(recovery.channel(4).unapplied_transactions(), Not(IsEmpty()));
  }
}

TEST(FailoverAfter, goes_on_although_the_journal_cannot_be_written) {
  Recovery recovery(plain_scenario(4));
  recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
  recovery.when("server2: SET GLOBAL", [&] { recovery.ledger.journal().break_writes(true); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(result.recovered, testing::UnorderedElementsAre("db3", "db4"));
  EXPECT_FALSE(recovery.channel(2).configured);
  EXPECT_TRUE(recovery.log.contains("this is done all the same: replicate from the new primary server3"));
}

// Clients do not wait for the slowest replica: the server process is gone, and the host stays up until all have fetched.
TEST(FailoverAfter, a_shutdown_script_runs_last_where_a_slow_replica_still_fetches) {
  for (auto way : {sim::HookWay::ok, sim::HookWay::exit1}) {
    auto scenario = plain_scenario(3);
    scenario.shutdown_hook = true;
    scenario.hooks["shutdown stop"] = way;
    scenario.replicas[1].receive_time = 50ms;
    Recovery recovery(scenario);
    recovery.die_ahead_of({2, 3}, 200);
    TimePoint active{};
    recovery.when("server2: SET GLOBAL", [&] { active = recovery.world.clock.now(); });
    const TimePoint began = recovery.world.clock.now();
    auto result = recovery.run();
    const bool ok = way == sim::HookWay::ok;
    EXPECT_EQ(result.exit_code, ok ? 0 : 10) << result.why;
    EXPECT_LT(active - began, 6s);
    EXPECT_THAT(recovery.steps(),
                ElementsAre("stop_ip_hook server1", "kill_server server1", "start_standin server1", "save_tail server1",
                            "drain server2", "drain server3", "wait_applied server2", "stop_replication server2",
                            "start_ip_hook server2", "enable_writes server2", "repoint server3", "stop_standin",
                            ok ? "shutdown_hook server1" : "shutdown_hook server1 failed", "reset_replica server2"));
    EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
    if (!ok) {
      EXPECT_THAT(result.body, HasSubstr("db1(10.0.0.1:3306) was not shut down by script"));
    }
  }
}

TEST(FailoverAfter, a_replica_is_told_how_often_it_wants_to_hear_an_idle_source_where_the_configuration_says_so) {
  Recovery recovery(plain_scenario(3));
  recovery.cluster.servers[2].heartbeat_period = std::chrono::seconds(5);
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_EQ(recovery.channel(3).settings.heartbeat, 5u);
  EXPECT_EQ(recovery.channel(3).settings.host, "10.0.0.2");
}

}  // namespace
}  // namespace tanist::execute

// What a failover does, in which order, and that every part of it stands in the journal before it is done:
// the simulated world calls it a violation of R5 when a server is changed while no step is open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::plain_scenario;
using sim::Recovery;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(FailoverOrder, equal_replicas_are_fenced_promoted_activated_repointed) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(result.new_primary, ServerId("server2"));
  EXPECT_THAT(recovery.steps(),
              ElementsAre("stop_ip_hook server1", "kill_server server1", "save_tail server1",
                          "wait_applied server2", "stop_replication server2", "start_ip_hook server2",
                          "enable_writes server2", "repoint server3", "reset_replica server2"));
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverOrder, what_is_not_configured_is_no_step) {
  auto scenario = plain_scenario(2);
  scenario.ip_hook = false;
  Recovery recovery(scenario);
  recovery.world.power_off(recovery.server(1).host());
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_THAT(recovery.steps(),
              ElementsAre("stop_receiver server2", "wait_applied server2", "stop_replication server2",
                          "enable_writes server2", "reset_replica server2"));
}

TEST(FailoverOrder, a_replica_behind_fetches_from_the_dead_host_with_receivers_left_running) {
  Recovery recovery(plain_scenario(3));
  recovery.die_ahead_of({2, 3}, 20);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_THAT(recovery.steps(),
              ElementsAre("stop_ip_hook server1", "kill_server server1", "start_standin server1",
                          "save_tail server1", "drain server2", "drain server3", "wait_applied server2",
                          "stop_replication server2", "start_ip_hook server2", "enable_writes server2",
                          "repoint server3", "stop_standin", "reset_replica server2"));
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverOrder, receivers_stop_before_relay_logs_are_served) {
  Recovery recovery(plain_scenario(3));
  recovery.die_ahead_of({3}, 20, Recovery::Death::power_off);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_THAT(recovery.steps(),
              ElementsAre("stop_ip_hook server1", "stop_receiver server2", "stop_receiver server3",
                          "start_standin server2", "drain server3", "wait_applied server2",
                          "stop_replication server2", "start_ip_hook server2", "enable_writes server2",
                          "repoint server3", "stop_standin", "reset_replica server2"));
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
  // Nor may they change while it is asked how far those reach.
  const auto& acts = recovery.world.acts;
  auto asked = std::find(acts.begin(), acts.end(), "db2: tanist-node tail");
  ASSERT_NE(asked, acts.end());
  for (const char* stop : {"server2: STOP SLAVE IO_THREAD", "server3: STOP SLAVE IO_THREAD"}) {
    EXPECT_NE(std::find(acts.begin(), asked, stop), asked) << stop;
  }
}

// The fence is proven, yet nothing can be fetched from there: the ranking must hold all the same.
TEST(FailoverOrder, receivers_stop_too_when_the_log_of_a_fenced_primary_is_unreadable) {
  Recovery recovery(plain_scenario(3));
  recovery.nodes.unreadable.insert(recovery.server(1).host());
  recovery.die_ahead_of({3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(
      recovery.steps(),
      ElementsAre("stop_ip_hook server1", "kill_server server1", "stop_receiver server2",
                  "stop_receiver server3", "start_standin server2", "save_tail server1", "drain server3",
                  "wait_applied server2", "stop_replication server2", "start_ip_hook server2",
                  "enable_writes server2", "repoint server3", "stop_standin", "reset_replica server2"));
  EXPECT_THAT(result.body, HasSubstr("All slaves' IO threads were stopped."));
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverOrder, receivers_stop_too_when_the_log_is_not_wanted) {
  Recovery recovery(plain_scenario(3));
  recovery.request.policy.skip_save_master_binlog = true;
  recovery.die_ahead_of({3}, 20);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_THAT(recovery.steps(), Contains("stop_receiver server2"));
  EXPECT_THAT(recovery.steps(), Not(Contains("save_tail server1")));
  EXPECT_EQ(recovery.server(3).data, recovery.server(2).data);
}

TEST(FailoverOrder, stopped_appliers_are_started_by_a_step) {
  Recovery recovery(plain_scenario(3));
  recovery.channel(3).stop_applier();
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_EQ(recovery.steps().at(2), "start_appliers server3");
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

// The only copy of the last events may be on the host that the script powers off.
TEST(FailoverOrder, a_shutdown_script_waits_for_the_drains_where_the_fence_is_proven_without_it) {
  auto scenario = plain_scenario(3);
  scenario.shutdown_hook = true;
  Recovery recovery(scenario);
  recovery.die_ahead_of({2, 3}, 20);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_THAT(
      recovery.steps(),
      ElementsAre("stop_ip_hook server1", "kill_server server1", "start_standin server1", "save_tail server1",
                  "drain server2", "drain server3", "wait_applied server2", "stop_replication server2",
                  "stop_standin", "shutdown_hook server1", "start_ip_hook server2", "enable_writes server2",
                  "repoint server3", "reset_replica server2"));
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
}

TEST(FailoverOrder, a_shutdown_script_is_part_of_the_fence_where_nothing_else_proves_it) {
  auto scenario = plain_scenario(3);
  scenario.shutdown_hook = true;
  scenario.fence_over_ssh = false;
  Recovery recovery(scenario);
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_EQ(recovery.steps().at(1), "shutdown_hook server1");
  EXPECT_EQ(recovery.steps().at(2), "stop_receiver server2");
}

TEST(FailoverOrder, nothing_is_done_when_the_journal_cannot_be_written) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  recovery.ledger.journal().break_writes(true);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_FALSE(recovery.phase2_began);
  EXPECT_THAT(recovery.world.acts, IsEmpty());
}

TEST(FailoverOrder, what_cannot_be_journalled_on_the_way_is_not_done) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  recovery.when("hook ip stop", [&] { recovery.ledger.journal().break_writes(true); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("journal the intent"));
  EXPECT_THAT(recovery.acts_on(2), IsEmpty());
  EXPECT_TRUE(recovery.server(2).read_only);
}

// R6: the last moment at which somebody else may have taken over. His replicas are not moved back either.
TEST(FailoverOrder, a_lock_that_is_gone_stops_before_activation) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  recovery.request.still_ours = [] { return Status(fail(Errc::conflict, "the cluster's lock was taken away")); };
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("the cluster's lock was taken away. Nothing more is done, and nothing is undone"));
  EXPECT_THAT(recovery.steps(), ElementsAre("stop_ip_hook server1", "kill_server server1", "save_tail server1",
                                            "wait_applied server2", "stop_replication server2"));
  EXPECT_TRUE(recovery.server(2).read_only);
  EXPECT_EQ(recovery.world.address_on, std::set<int>{});
}

// Frozen in the script that gives the address away, and robbed meanwhile.
TEST(FailoverOrder, a_lock_that_is_lost_while_the_start_script_runs_stops_behind_it) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  const auto robbed = std::make_shared<bool>(false);
  recovery.request.still_ours = [robbed] { return *robbed ? fail(Errc::conflict, "the lock is lost") : Status{}; };
  recovery.when("hook ip start", [robbed] { *robbed = true; });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("the lock is lost. Nothing more is done, and nothing is undone"));
  EXPECT_EQ(recovery.steps().back(), "start_ip_hook server2");
  EXPECT_TRUE(recovery.server(2).read_only);
  EXPECT_EQ(recovery.channel(3).settings.host, "10.0.0.1");
}

}  // namespace
}  // namespace tanist::execute

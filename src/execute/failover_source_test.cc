// Where missing events come from: nobody is promoted, and nobody follows the new primary, without what a reachable
// machine still held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execute/progress.h"
#include "sim/recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::HookWay;
using sim::plain_scenario;
using sim::Recovery;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Its own log has higher names than the dead primary's, and it has yet to apply what it is to give.
void feeds_by_gtid(const char* version) {
  auto scenario = plain_scenario(3);
  scenario.version = version;
  scenario.gtid = true;
  scenario.standin = false;
  scenario.replicas[0].no_master = true;
  Recovery recovery(scenario);
  for (int i = 0; i < 5; ++i) recovery.server(2).log.rotate();
  recovery.channel(2).apply_time = 100ms;
  recovery.die_ahead_of({3}, 50, Recovery::Death::power_off);
  ASSERT_NE(recovery.server(2).data, recovery.server(1).data);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data) << "promoted without what server2 had received";
  EXPECT_EQ(recovery.server(2).data, recovery.server(3).data);
  EXPECT_THAT(recovery.steps(), Contains("wait_applied server2"));
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverSource, by_gtid_a_replica_is_measured_by_what_its_source_has_applied) {
  feeds_by_gtid("9.7.0");
  feeds_by_gtid("10.11.6-MariaDB-log");
}

void fetches_from_a_binlog_server(const char* version, bool gtid) {
  auto scenario = plain_scenario(3);
  scenario.version = version;
  scenario.gtid = gtid;
  scenario.binlog_server = true;
  Recovery recovery(scenario);
  recovery.die_ahead_of({2, 3}, 20, Recovery::Death::power_off);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data) << "lacks what only the binary log server had";
  EXPECT_EQ(recovery.server(3).data, recovery.server(2).data);
  EXPECT_THAT(recovery.steps(), Contains("start_standin binlog1"));
  EXPECT_THAT(recovery.acts_on(2), Contains(HasSubstr("10.0.0.200"))) << "pointed at the binary log server";
  EXPECT_EQ(recovery.channel(3).settings.host, "10.0.0.2");
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverSource, what_only_a_binlog_server_has_is_fetched_there) {
  for (bool gtid : {false, true}) {
    fetches_from_a_binlog_server("9.7.0", gtid);
    fetches_from_a_binlog_server("10.11.6-MariaDB-log", gtid);
  }
}

TEST(FailoverSource, a_binlog_server_that_cannot_be_read_stops_a_failover_that_needs_it) {
  auto scenario = plain_scenario(3);
  scenario.binlog_server = true;
  for (bool power_off : {true, false}) {
    for (bool ignored : {false, true}) {
      Recovery recovery(scenario);
      recovery.nodes.unreadable.insert(recovery.world.clients);
      recovery.request.policy.ignore_binlog_server_error = ignored;
      recovery.die_ahead_of({3}, 20, power_off ? Recovery::Death::power_off : Recovery::Death::kill);
      const bool refused = power_off && !ignored;
      auto result = recovery.run();
      EXPECT_EQ(result.exit_code, refused ? 1 : 0) << result.why;
      EXPECT_EQ(recovery.phase2_began, !refused);
      if (refused) {
        EXPECT_THAT(result.why, HasSubstr("F52: no binary log server can be read; clients: mysql-bin.000001"));
      }
      EXPECT_THAT(recovery.world.violations, IsEmpty());
    }
  }
}

void survives_a_short_log(const char* version, bool gtid, bool started_again) {
  auto scenario = plain_scenario(3);
  scenario.version = version;
  scenario.gtid = gtid;
  Recovery recovery(scenario);
  for (int number : {2, 3}) recovery.channel(number).apply_time = 100ms;
  for (int i = 0; i < 30; ++i) recovery.server(1).commit();
  recovery.pass(1s);
  recovery.server(1).kill(false);
  recovery.server(1).log.lose(20);
  if (started_again) recovery.server(1).log.rotate();
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data) << "lacks what it had received";
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
  EXPECT_THAT(result.body, HasSubstr("and server2 has received all up to"));
  EXPECT_THAT(recovery.channel(2).discarded, IsEmpty());
}

// The host came back after a reset, and what was not synced is gone from its log (standin-protocol.md 4.2).
TEST(FailoverSource, a_dead_log_that_lost_its_end_is_no_measure) {
  survives_a_short_log("10.11.6-MariaDB-log", false, false);
  survives_a_short_log("9.7.0", true, false);
  survives_a_short_log("10.11.6-MariaDB-log", false, true);
}

TEST(FailoverSource, a_purged_file_costs_only_the_replica_that_reads_it) {
  auto scenario = plain_scenario(4);
  scenario.replicas[2].ignore_fail = true;
  Recovery recovery(scenario);
  recovery.channel(4).stop_receiver();
  recovery.server(1).commit();
  recovery.server(1).log.rotate();
  recovery.server(1).commit();
  recovery.pass(1s);
  recovery.server(1).log.purge_to(recovery.server(1).log.files().back().name);
  recovery.die_ahead_of({2, 3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.why, HasSubstr("not recovered: db4"));
  EXPECT_THAT(recovery.steps(), Contains("start_standin server1"));
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
}

TEST(FailoverSource, a_purged_file_is_no_loss_where_another_replica_has_it_by_gtid) {
  auto scenario = plain_scenario(3);
  scenario.version = "9.7.0";
  scenario.gtid = true;
  Recovery recovery(scenario);
  recovery.channel(3).stop_receiver();
  recovery.server(1).commit();
  recovery.server(1).log.rotate();
  recovery.server(1).commit();
  recovery.pass(1s);
  recovery.server(1).log.purge_to(recovery.server(1).log.files().back().name);
  recovery.die_ahead_of({2}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
}

void break_applier(Recovery& recovery, int number) {
  recovery.channel(number).stop_applier();
  recovery.channel(number).sql_errno = 1062;
  recovery.channel(number).sql_error = "Duplicate entry";
}

TEST(FailoverSource, a_replica_whose_applier_failed_still_gives_what_it_alone_received) {
  auto scenario = plain_scenario(4);
  scenario.replicas[2].ignore_fail = true;
  Recovery recovery(scenario);
  break_applier(recovery, 4);
  recovery.die_ahead_of({2, 3}, 20, Recovery::Death::power_off);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
  EXPECT_TRUE(recovery.server(4).read_only);
}

TEST(FailoverSource, what_only_a_failed_replica_has_is_a_loss_in_numbers) {
  auto scenario = plain_scenario(4);
  scenario.replicas[2].ignore_fail = true;
  Recovery recovery(scenario);
  recovery.nodes.unreadable.insert(recovery.server(4).host());
  break_applier(recovery, 4);
  recovery.die_ahead_of({2, 3}, 20, Recovery::Death::power_off);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.body, HasSubstr("It has received up to " + recovery.channel(4).received.text()));
  EXPECT_THAT(result.body, HasSubstr("more than anybody else gets"));
}

// Nothing tells a receiver that a machine that was reset has forgotten its connection.
TEST(FailoverSource, receivers_that_say_that_they_run_are_started_again_too) {
  Recovery recovery(plain_scenario(3));
  recovery.channel(3).receive_time = 20ms;
  for (int i = 0; i < 50; ++i) recovery.server(1).commit();
  recovery.pass(100ms);
  recovery.world.power_off(recovery.server(1).host());
  recovery.world.hosts[static_cast<size_t>(recovery.server(1).host())].up = true;
  ASSERT_EQ(recovery.channel(3).receiver, sim::Channel::Receiver::running);
  ASSERT_NE(recovery.server(3).data, recovery.server(1).data);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
  EXPECT_THAT(recovery.acts_on(3), Contains("STOP SLAVE IO_THREAD"));
}

TEST(FailoverSource, a_statement_of_ten_minutes_is_waited_for) {
  Recovery recovery(plain_scenario(3));
  for (int number : {2, 3}) recovery.channel(number).apply_time = 10min;
  recovery.server(1).commit();
  recovery.pass(1s);
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
}

TEST(FailoverSource, shutdown_script_that_ended_only_the_server_leaves_a_log_to_serve) {
  auto scenario = plain_scenario(3);
  scenario.fence_over_ssh = false;
  scenario.shutdown_hook = true;
  scenario.hooks["shutdown stop"] = HookWay::exit10;
  Recovery recovery(scenario);
  recovery.die_ahead_of({2, 3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.steps(), Contains("start_standin server1"));
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_THAT(result.body, Not(HasSubstr("Nothing proves")));
}

TEST(FailoverSource, the_tail_is_copied_wherever_the_host_answers) {
  auto scenario = plain_scenario(3);
  scenario.standin = false;
  Recovery recovery(scenario);
  recovery.die_ahead_of({2, 3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.steps(), Contains("save_tail server1"));
}

topology::ServerState replica_state(unsigned workers, const char* activity) {
  topology::ServerState state;
  state.version = parse_server_version("8.4.0");
  state.parallel_workers = workers;
  topology::ReplicaStatus replica;
  replica.applier_running = true;
  replica.applier_activity = activity;
  replica.received = {"mysql-bin.000001", 500};
  replica.executed = {"mysql-bin.000001", 100};
  state.channels.push_back(replica);
  return state;
}

TEST(FailoverSource, a_wait_knows_who_is_at_work) {
  constexpr const char* kIdle = "Replica has read all relay log; waiting for more updates";
  const Goal whole{{"mysql-bin.000001", 500}, "", true}, maybe_half{{"mysql-bin.000001", 500}, "", false};
  EXPECT_TRUE(is_applying(replica_state(0, "Altering table"), whole));
  EXPECT_FALSE(is_applying(replica_state(0, kIdle), whole));
  EXPECT_TRUE(is_applying(replica_state(4, kIdle), whole)) << "the coordinator is idle, a worker is not";
  EXPECT_FALSE(is_applying(replica_state(4, kIdle), maybe_half));
  auto delayed = replica_state(0, "Waiting until SOURCE_DELAY seconds after source executed event");
  delayed.channels[0].delay_seconds = 3600;
  EXPECT_FALSE(is_applying(delayed, whole));
  auto failed = replica_state(0, "");
  failed.channels[0].applier_running = false;
  EXPECT_FALSE(is_applying(failed, whole));
}

TEST(FailoverSource, a_receiver_may_stand_still_for_longer_than_it_waits_to_connect_again) {
  auto state = replica_state(0, "");
  state.channels[0].connect_retry_seconds = 60;
  EXPECT_GT(receive_stall(state), 60s);
  state.channels[0].connect_retry_seconds = 1;
  EXPECT_EQ(receive_stall(state), 30s);
}

// In a log without coordinates of the dead primary's only GTIDs count, however high its file names are.
TEST(FailoverSource, without_coordinates_only_gtids_count) {
  auto state = replica_state(0, "");
  state.channels[0].received = state.channels[0].executed = {"zzz-bin.000009", 9};
  state.gtid_mode = "ON";
  const std::string uuid = "00000001-0000-11ee-0000-000000000001";
  const Goal goal{{}, uuid + ":1-10", true};
  state.executed_gtids = uuid + ":1-5";
  EXPECT_FALSE(has_received(state, goal));
  EXPECT_FALSE(has_applied(state, goal));
  state.channels[0].retrieved_gtids = uuid + ":6-10";
  EXPECT_TRUE(has_received(state, goal));
  EXPECT_FALSE(has_applied(state, goal));
  state.executed_gtids = uuid + ":1-10";
  EXPECT_TRUE(has_applied(state, goal));
}

TEST(FailoverSource, a_stand_in_on_relay_logs_is_told_how_far_they_go) {
  StandInJob job;
  job.log = relay_log_of(replica_state(0, ""));
  EXPECT_THAT(job_json(job), HasSubstr(R"("received_at":{"file":"mysql-bin.000001","pos":500})"));
}

}  // namespace
}  // namespace tanist::execute

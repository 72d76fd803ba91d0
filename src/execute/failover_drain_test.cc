// Misfortunes while replicas fetch what they miss: the others finish, whoever did not is named, the exit code
// says it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execute/test_recovery.h"

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
using testing::UnorderedElementsAre;

TEST(FailoverDrain, a_replica_that_dies_in_it_is_named_and_the_others_finish) {
  Recovery recovery(plain_scenario(4));
  recovery.die_ahead_of({2, 3, 4}, 200);
  recovery.when("server4: START", [&] { recovery.server(4).kill(false); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.why, HasSubstr("not recovered: db4"));
  EXPECT_THAT(result.recovered, ElementsAre("db3"));
  EXPECT_THAT(result.body, HasSubstr("db4(10.0.0.4:3306): ERROR: Could not be brought up to date"));
  EXPECT_THAT(result.body, HasSubstr("done, but recovery on slave partially failed."));
  EXPECT_THAT(recovery.steps(), Contains("drain server4 failed"));
  EXPECT_THAT(recovery.steps(), Not(Contains("repoint server4")));
  EXPECT_EQ(recovery.server(2).data, recovery.server(1).data);
  EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
  EXPECT_EQ(result.subject, "app1: MySQL Master failover db1 to db2");
}

TEST(FailoverDrain, the_new_primary_dies_in_it_and_the_others_are_put_back) {
  Recovery recovery(plain_scenario(3));
  recovery.die_ahead_of({2, 3}, 200);
  recovery.when("server2: START", [&] { recovery.server(2).kill(false); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("bring the new primary up to date"));
  EXPECT_FALSE(result.new_primary);
  EXPECT_THAT(recovery.steps(), Contains("put_back server3"));
  EXPECT_TRUE(recovery.server(3).read_only);
  EXPECT_EQ(recovery.channel(3).settings.host, "10.0.0.1");
  EXPECT_THAT(result.body, HasSubstr("Got Error so couldn't continue failover from here."));
}

// The stand-in's host, or its process, is gone in the middle: the wait ends because nothing moves, not for
// ever.
TEST(FailoverDrain, a_stand_in_that_ends_early_ends_the_drains_and_promotes_nobody_short) {
  auto scenario = plain_scenario(3);
  for (auto& replica : scenario.replicas) {
    replica.receive_time = 50ms;
    replica.connect_retry = 1;
  }
  Recovery recovery(scenario);
  recovery.die_ahead_of({2, 3}, 100);
  const TimePoint began = recovery.world.clock.now();
  recovery.when("server2: START", [&] { recovery.world.after(1s, [&] { recovery.nodes.end_stand_ins(); }); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("did not get further for 30 s"));
  EXPECT_LT(recovery.world.clock.now() - began, 90s);
  EXPECT_TRUE(recovery.server(2).read_only);
  EXPECT_THAT(recovery.steps(), Contains("drain server2 failed"));
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverDrain, a_stand_in_on_relay_logs_that_ends_early_leaves_the_slow_one_behind) {
  Recovery recovery(with_a_slow_fourth());
  auto result = run_until_the_stand_in_ends(recovery);
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.why, HasSubstr("not recovered: db4"));
  EXPECT_THAT(result.recovered, ElementsAre("db3"));
  EXPECT_EQ(recovery.server(3).data, recovery.server(2).data);
  EXPECT_NE(recovery.server(4).data, recovery.server(2).data);
}

// It comes from another address than the configuration knows.
TEST(FailoverDrain, a_replica_that_the_stand_in_refuses_is_named_with_both_sides_words) {
  Recovery recovery(plain_scenario(3));
  recovery.cluster.servers[2].ip = "db3";
  recovery.die_ahead_of({2, 3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.body, HasSubstr("did not get further for "));
  EXPECT_THAT(result.body, HasSubstr("Its receiver: 1045 Host '10.0.0.3' is not one of the replicas"));
  EXPECT_THAT(result.body, HasSubstr("The stand-in refused: Host '10.0.0.3' is not one of the replicas"));
}

// Replicas that verify whom they talk to: the dead primary's own certificate on its own address.
TEST(FailoverDrain, a_stand_in_shows_the_certificate_that_its_address_had) {
  Recovery recovery(plain_scenario(3));
  for (int number : {2, 3}) {
    recovery.channel(number).settings.ssl = recovery.channel(number).settings.ssl_verify = true;
    recovery.server(number).ssl_cert = "own.pem";
  }
  recovery.request.dead_tls = {"/etc/ssl/db1.pem", "/etc/ssl/db1.key"};
  recovery.die_ahead_of({2, 3}, 20);
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_THAT(recovery.nodes.last_job,
              HasSubstr(R"("tls":{"try":[{"cert":"/etc/ssl/db1.pem","key":"/etc/ssl/db1.key"},)"
                        R"({"cert":"/var/lib/mysql/own.pem","key":"/var/lib/mysql/key-of-own.pem"},)"
                        R"({"cert":"/var/lib/mysql/server-cert.pem","key":"/var/lib/mysql/server-key.pem"}]})"));
  EXPECT_TRUE(recovery.channel(3).settings.ssl && recovery.channel(3).settings.ssl_verify);
}

// Another address than the certificate's: no verification for the drain, encryption as it was, both again afterwards.
TEST(FailoverDrain, a_replica_that_verifies_is_drained_encrypted_and_verifies_again) {
  for (auto way : {sim::HookWay::ok, sim::HookWay::exit1}) {
    for (const char* version : {"10.11.6-MariaDB-log", "9.7.0"}) {
      auto scenario = plain_scenario(4);
      scenario.version = version;
      scenario.hooks["ip start"] = way;
      Recovery recovery(scenario);
      recovery.channel(3).settings.ssl = recovery.channel(3).settings.ssl_verify = true;
      recovery.server(2).ssl_cert = "/etc/ssl/db2.pem";
      recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
      EXPECT_EQ(recovery.run().exit_code, way == sim::HookWay::ok ? 0 : 1);
      EXPECT_THAT(recovery.nodes.last_job, HasSubstr(R"("tls":{"try":[{"cert":"/etc/ssl/db2.pem")"));
      const auto changes = recovery.acts_on(3);
      EXPECT_THAT(changes, Contains(HasSubstr("SSL_VERIFY_SERVER_CERT=0")));
      EXPECT_THAT(changes, Not(Contains(HasSubstr("_SSL=0"))));
      EXPECT_TRUE(recovery.channel(3).settings.ssl && recovery.channel(3).settings.ssl_verify);
      EXPECT_FALSE(recovery.channel(4).settings.ssl || recovery.channel(4).settings.ssl_verify);
      EXPECT_EQ(recovery.server(3).data, recovery.server(2).data);
    }
  }
}

// ignore_fail=1: F85 would refuse otherwise.
TEST(FailoverDrain, a_replica_nobody_can_feed_is_left_behind_and_named) {
  auto scenario = plain_scenario(4);
  scenario.standin = false;
  scenario.replicas[2].ignore_fail = true;
  Recovery recovery(scenario);
  recovery.die_ahead_of({4}, 20, Recovery::Death::power_off);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.body,
              HasSubstr("db4(10.0.0.4:3306): ERROR: Could not be recovered; it is left as it is."));
  EXPECT_THAT(result.recovered, ElementsAre("db3"));
}

TEST(FailoverDrain, a_replica_nobody_can_feed_refuses_the_failover_and_receivers_run_again) {
  Recovery recovery(plain_scenario(3));
  for (int number : {1, 2, 3}) recovery.nodes.unreadable.insert(recovery.server(number).host());
  recovery.die_ahead_of({3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("F85"));
  EXPECT_THAT(recovery.steps(),
              ElementsAre("stop_ip_hook server1", "kill_server server1", "stop_receiver server2",
                          "stop_receiver server3", "put_back server2", "put_back server3"));
  EXPECT_EQ(recovery.channel(2).receiver, sim::Channel::Receiver::connecting);
  EXPECT_EQ(recovery.channel(3).receiver, sim::Channel::Receiver::connecting);
}

// It was dead when the failover was checked, and is a replica when everybody is looked at again.
TEST(FailoverDrain, a_replica_that_comes_back_in_the_meantime_is_one_of_them) {
  auto scenario = plain_scenario(4);
  scenario.replicas[2].ignore_fail = true;
  Recovery recovery(scenario);
  recovery.server(4).kill(false);
  recovery.server(1).kill(false);
  recovery.when("hook ip stop", [&] { recovery.server(4).start(); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(result.recovered, UnorderedElementsAre("db3", "db4"));
}

// G40: its source has other coordinates, which must not be compared with the dead primary's.
TEST(FailoverDrain, a_candidate_that_fetches_from_another_replica_by_gtid_is_promoted_with_everything) {
  for (const char* version : {"9.7.0", "10.11.6-MariaDB-log"}) {
    SCOPED_TRACE(version);
    auto scenario = plain_scenario(4);
    scenario.version = version;
    scenario.gtid = true;
    scenario.standin = false;
    scenario.replicas[0].apply_time = 30ms;  // the source has received everything and applied little
    scenario.replicas[2].candidate = true;
    scenario.replicas[2].receive_time = 5ms;
    Recovery recovery(scenario);
    recovery.die_ahead_of({4}, 100);
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 0) << result.why;
    EXPECT_EQ(result.new_primary, ServerId("server4"));
    EXPECT_THAT(recovery.steps(), Contains("drain server4"));
    for (int number : {2, 3, 4}) EXPECT_EQ(recovery.server(number).data, recovery.server(1).data) << number;
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

// MariaDB with GTID would delete what it has received when its applier starts alone
// (standin-protocol.md 6.3).
TEST(FailoverDrain, a_mariadb_replica_with_both_threads_stopped_keeps_its_events_and_its_gtid) {
  auto scenario = plain_scenario(3);
  scenario.gtid = true;
  Recovery recovery(scenario);
  recovery.hold_unapplied(3, 10);
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.acts_on(3).front(), HasSubstr("RELAY_LOG_FILE"));
  EXPECT_THAT(recovery.channel(3).discarded, IsEmpty());
  EXPECT_EQ(recovery.server(3).data, recovery.server(2).data);
  EXPECT_EQ(recovery.channel(3).settings.positioning, sim::Positioning::slave_pos);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

}  // namespace
}  // namespace tanist::execute

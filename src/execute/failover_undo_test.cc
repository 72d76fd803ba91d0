// R4: before activation everything is put back as it was found, no less and no more, and by steps of the
// journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execute/test_recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::Channel;
using sim::HookWay;
using sim::plain_scenario;
using sim::Recovery;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Ends at the last moment at which there is a way back.
sim::Scenario refused_address(int servers) {
  auto scenario = plain_scenario(servers);
  scenario.hooks["ip start"] = HookWay::exit1;
  return scenario;
}

struct Threads {
  Channel::Receiver receiver;
  bool applier;
  bool operator==(const Threads&) const = default;
};
Threads threads(Recovery& recovery, int number) {
  return {recovery.channel(number).receiver, recovery.channel(number).applier};
}
constexpr Threads kTrying{Channel::Receiver::connecting, true};

void expect_below_the_old_primary(Recovery& recovery, int number) {
  expect_old_source(recovery, number);
  EXPECT_TRUE(recovery.server(number).read_only);
}

TEST(FailoverUndo, touches_only_whoever_was_touched) {
  Recovery recovery(refused_address(3));
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 1);
  EXPECT_THAT(
      recovery.steps(),
      ElementsAre("stop_ip_hook server1", "kill_server server1", "save_tail server1", "wait_applied server2",
                  "stop_replication server2", "start_ip_hook server2 failed", "put_back server2"));
  EXPECT_EQ(threads(recovery, 2), kTrying);
  EXPECT_THAT(recovery.acts_on(2), ElementsAre("STOP SLAVE", "START SLAVE"));
  EXPECT_THAT(recovery.acts_on(3), IsEmpty());
}

TEST(FailoverUndo, a_signal_before_activation_undoes_what_was_done) {
  Recovery recovery(plain_scenario(4));
  recovery.channel(2).apply_time = 1s;  // the others are moved while the new primary still applies
  recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
  bool signalled = false;
  recovery.request.stop_requested = [&signalled] { return signalled; };
  recovery.when("server3: CHANGE", [&signalled] { signalled = true; });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, testing::StartsWith("Stopped by a signal: what was done to the replicas is undone; db1"));
  EXPECT_THAT(recovery.steps(), testing::Not(Contains(testing::HasSubstr("start_ip_hook"))));
  for (int number : {2, 3, 4}) {
    SCOPED_TRACE(number);
    expect_below_the_old_primary(recovery, number);
  }
}

TEST(FailoverUndo, a_primary_that_somebody_starts_again_behind_the_fence_is_not_replaced) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  recovery.when("server2: STOP", [&recovery] { recovery.server(1).start(); });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("answers again although it was fenced: nobody is promoted"));
  EXPECT_THAT(recovery.steps(), testing::Not(Contains(HasSubstr("start_ip_hook"))));
  EXPECT_EQ(threads(recovery, 2), (Threads{Channel::Receiver::running, true}));
}

TEST(FailoverUndo, a_signal_after_activation_finishes_the_failover) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  bool signalled = false;
  recovery.request.stop_requested = [&signalled] { return signalled; };
  recovery.when("hook ip start", [&signalled] { signalled = true; });
  EXPECT_EQ(recovery.run().exit_code, 0);
  EXPECT_TRUE(signalled);
  EXPECT_EQ(recovery.channel(3).settings.host, "10.0.0.2");
}

TEST(FailoverUndo, puts_whoever_was_pointed_at_a_stand_in_below_the_old_primary) {
  Recovery recovery(refused_address(4));
  recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
  EXPECT_EQ(recovery.run().exit_code, 1);
  EXPECT_THAT(recovery.steps(), Contains("stop_standin"));
  for (int number : {2, 3, 4}) {
    SCOPED_TRACE(number);
    EXPECT_THAT(recovery.steps(), Contains("put_back server" + std::to_string(number)));
    expect_below_the_old_primary(recovery, number);
    EXPECT_EQ(threads(recovery, number), kTrying);
  }
  // What they fetched stays, and the old primary's coordinates with it (R2).
  EXPECT_EQ(recovery.server(4).data, recovery.server(2).data);
  EXPECT_EQ(recovery.channel(4).received, recovery.channel(2).received);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverUndo, leaves_threads_stopped_that_somebody_else_had_stopped) {
  Recovery recovery(refused_address(5));
  recovery.channel(3).stop_receiver();
  recovery.channel(4).stop_applier();
  recovery.channel(5).stop_receiver();
  recovery.channel(5).stop_applier();
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 1);
  EXPECT_EQ(threads(recovery, 2), kTrying);
  EXPECT_EQ(threads(recovery, 3), (Threads{Channel::Receiver::stopped, true}));
  EXPECT_EQ(threads(recovery, 4), (Threads{Channel::Receiver::connecting, false}));
  EXPECT_EQ(threads(recovery, 5), (Threads{Channel::Receiver::stopped, false}));
  EXPECT_THAT(recovery.acts_on(3), IsEmpty());
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverUndo, starts_receivers_again_that_were_stopped_because_the_log_was_unreadable) {
  Recovery recovery(refused_address(3));
  recovery.nodes.unreadable.insert(recovery.server(1).host());
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 1);
  EXPECT_THAT(recovery.steps(), Contains("stop_receiver server3"));
  EXPECT_THAT(recovery.steps(), Contains("put_back server3"));
  EXPECT_EQ(threads(recovery, 2), kTrying);
  EXPECT_EQ(threads(recovery, 3), kTrying);
}

TEST(FailoverUndo, gives_a_mariadb_replica_its_gtid_back) {
  auto scenario = refused_address(3);
  scenario.gtid = true;
  Recovery recovery(scenario);
  recovery.hold_unapplied(3, 10);
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 1);
  expect_below_the_old_primary(recovery, 3);
  EXPECT_EQ(recovery.channel(3).settings.positioning, sim::Positioning::slave_pos);
  EXPECT_EQ(threads(recovery, 3), (Threads{Channel::Receiver::stopped, false}));
  EXPECT_EQ(recovery.server(3).data, recovery.server(2).data);
  EXPECT_THAT(recovery.channel(3).discarded, IsEmpty());
}

// Its applier ends after its receiver was stopped: both are stopped, and START would delete what it has received
// (standin-protocol.md 6.3).
TEST(FailoverUndo, saves_what_a_mariadb_replica_has_not_applied_before_it_starts_anything) {
  for (int applier_errno : {0, 1032}) {
    SCOPED_TRACE(applier_errno);
    auto scenario = refused_address(3);
    scenario.gtid = true;
    scenario.replicas[1].apply_time = 1s;
    Recovery recovery(scenario);
    for (int i = 0; i < 5; ++i) recovery.server(1).commit();
    recovery.pass(500ms);
    recovery.nodes.unreadable.insert(recovery.server(1).host());
    recovery.server(1).kill(false);
    recovery.pass(100ms);
    recovery.when("server3: STOP SLAVE IO_THREAD", [&] {
      recovery.channel(3).stop_applier();
      recovery.channel(3).sql_errno = applier_errno;
    });
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(recovery.channel(3).discarded, IsEmpty());
    if (applier_errno == 0) {
      EXPECT_EQ(threads(recovery, 3), kTrying);
      EXPECT_EQ(recovery.channel(3).settings.positioning, sim::Positioning::slave_pos);
      EXPECT_EQ(recovery.server(3).data, recovery.server(1).data);
    } else {
      EXPECT_EQ(threads(recovery, 3), (Threads{Channel::Receiver::stopped, false}));
      EXPECT_THAT(result.body, HasSubstr("db3(10.0.0.3:3306) could not be put back"));
      EXPECT_THAT(result.body, HasSubstr("left stopped: it holds events that are not applied"));
      EXPECT_THAT(result.body, HasSubstr("RELAY_LOG_FILE="));
    }
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(FailoverUndo, is_done_although_the_journal_cannot_be_written) {
  Recovery recovery(refused_address(4));
  recovery.die_ahead_of({3, 4}, 20, Recovery::Death::power_off);
  recovery.when("hook ip start", [&] { recovery.ledger.journal().break_writes(true); });
  EXPECT_EQ(recovery.run().exit_code, 1);
  for (int number : {2, 3, 4}) {
    expect_below_the_old_primary(recovery, number);
    EXPECT_EQ(threads(recovery, number), kTrying);
  }
  EXPECT_TRUE(recovery.log.contains("this is done all the same: replicate from the old primary as before server3"));
}

TEST(FailoverUndo, says_what_a_person_does_next) {
  Recovery recovery(refused_address(3));
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_THAT(result.body,
              testing::EndsWith("master_ip_failover_script: return code 1:0\n"
                                "Got Error so couldn't continue failover from here.\n"
                                "The old primary db1(10.0.0.1:3306) is stopped and was not replaced; mend the cause "
                                "above, then run: tanist failover /etc/app1.cnf --dead=db1 --ignore_last_failover\n"));
}

// The old primary comes back by somebody's hand: everybody follows it, as if nothing had happened.
TEST(FailoverUndo, lets_everybody_follow_an_old_primary_that_comes_back) {
  for (const char* version : {"10.11.6-MariaDB-log", "9.7.0", "5.6.51-log"}) {
    for (bool gtid : {false, true}) {
      SCOPED_TRACE(std::string(version) + (gtid ? " with GTID" : ""));
      auto scenario = refused_address(4);
      scenario.version = version;
      scenario.gtid = gtid;
      Recovery recovery(scenario);
      recovery.nodes.unreadable.insert(recovery.server(1).host());
      recovery.die_ahead_of({3, 4}, 20);
      EXPECT_EQ(recovery.run().exit_code, 1);
      recovery.server(1).start();
      recovery.pass(100s);
      recovery.server(1).commit();
      recovery.pass(10s);
      for (int number : {2, 3, 4}) EXPECT_EQ(recovery.server(number).data, recovery.server(1).data) << number;
      EXPECT_THAT(recovery.world.violations, IsEmpty());
    }
  }
}

TEST(FailoverUndo, says_who_could_not_be_put_back) {
  Recovery recovery(refused_address(3));
  recovery.server(1).kill(false);
  recovery.when("hook ip start", [&] { recovery.server(2).kill(false); });
  EXPECT_EQ(recovery.run().exit_code, 1);
  EXPECT_THAT(recovery.steps(), Contains("put_back server2 failed"));
  EXPECT_TRUE(recovery.log.contains("db2(10.0.0.2:3306) could not be put back below db1(10.0.0.1:3306)"));
}

}  // namespace
}  // namespace tanist::execute

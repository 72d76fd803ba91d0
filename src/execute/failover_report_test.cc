// What people are told at the end: subject and body (reference mha-manager.md 6.13), and what may be lost in
// numbers (R10).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::plain_scenario;
using sim::Recovery;
using testing::HasSubstr;
using testing::Not;

TEST(FailoverReport, of_a_failover_that_lost_nothing) {
  Recovery recovery(plain_scenario(3));
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.subject, "app1: MySQL Master failover db1 to db2 succeeded");
  EXPECT_EQ(result.body,
            "Master db1(10.0.0.1:3306) is down!\n"
            "\n"
            "Check MHA Manager logs at manager:/work/manager.log for details.\n"
            "\n"
            "Started automated(non-interactive) failover.\n"
            "Invalidated master IP address on db1(10.0.0.1:3306)\n"
            "Selected db2(10.0.0.2:3306) as a new master.\n"
            "db2(10.0.0.2:3306): OK: Applying all logs succeeded.\n"
            "db2(10.0.0.2:3306): OK: Activated master IP address.\n"
            "db3(10.0.0.3:3306): OK: Applying all logs succeeded. Slave started, replicating from "
            "db2(10.0.0.2:3306).\n"
            "db2: Resetting slave info succeeded.\n"
            "Master failover to db2(10.0.0.2:3306) completed successfully.\n");
  EXPECT_TRUE(recovery.reported.sent);
  EXPECT_EQ(recovery.reported.new_primary, "db2");
  EXPECT_EQ(recovery.reported.body, result.body);
}

TEST(FailoverReport, bounds_the_loss_by_what_the_primary_last_said) {
  Recovery recovery(plain_scenario(3));
  recovery.die_ahead_of({3}, 5, Recovery::Death::power_off);
  gtid::LogCoordinates seen = recovery.channel(2).received;
  seen.pos += 4321;
  recovery.request.last_seen_end = seen;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.body, HasSubstr("it last reported " + seen.text() + ", so at least 4321 bytes."));
  EXPECT_THAT(recovery.reported.body, HasSubstr("4321 bytes"));
}

TEST(FailoverReport, says_that_nothing_was_missing_or_that_nobody_saw) {
  for (bool seen : {false, true}) {
    Recovery recovery(plain_scenario(3));
    recovery.die_ahead_of({3}, 5, Recovery::Death::power_off);
    if (seen) recovery.request.last_seen_end = recovery.channel(2).received;
    EXPECT_THAT(recovery.run().body,
                HasSubstr(seen ? ", nothing was missing." : "how much that is, nobody saw."));
  }
}

TEST(FailoverReport, has_no_bound_where_the_dead_log_was_read) {
  Recovery recovery(plain_scenario(3));
  recovery.request.last_seen_end = gtid::LogCoordinates{"mysql-bin.000009", 4};
  recovery.die_ahead_of({2, 3}, 5);
  EXPECT_THAT(recovery.run().body, Not(HasSubstr("lost")));
}

TEST(FailoverReport, of_a_failover_that_stopped_names_no_new_primary) {
  auto scenario = plain_scenario(3);
  scenario.hooks["ip start"] = sim::HookWay::exit1;
  Recovery recovery(scenario);
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.subject, "app1: MySQL Master failover db1");
  EXPECT_THAT(result.body, HasSubstr("Got Error so couldn't continue failover from here."));
  EXPECT_TRUE(recovery.reported.sent);
  EXPECT_EQ(recovery.reported.new_primary, "");
}

TEST(FailoverReport, is_not_sent_where_nothing_was_begun) {
  Recovery recovery(plain_scenario(3));
  recovery.request.guard = [] { return std::optional<std::string>("the last failover was 3 minutes ago"); };
  recovery.server(1).kill(false);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.why, "the last failover was 3 minutes ago");
  EXPECT_FALSE(recovery.reported.sent);
  EXPECT_TRUE(recovery.world.acts.empty());
}

TEST(FailoverReport, says_no_by_a_person_at_each_question) {
  for (int yes : {0, 1}) {
    Recovery recovery(plain_scenario(3));
    recovery.request.interactive = true;
    recovery.request.ask = [left = yes](const std::string&) mutable { return left-- > 0; };
    recovery.server(1).kill(false);
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.why, HasSubstr("Stopped by the operator"));
    EXPECT_EQ(result.phase2_reached, yes == 1);
    for (int number : {2, 3}) EXPECT_TRUE(recovery.acts_on(number).empty());
  }
}

}  // namespace
}  // namespace tanist::execute

// The fencing ladder: which rungs are climbed, what stands in the journal of each, and what the sum means.
#include <gmock/gmock.h>

#include "execute/test_recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::plain_scenario;
using sim::Recovery;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

topology::Connection client(uint64_t id, const char* user) {
  topology::Connection one;
  one.id = id;
  one.user = user;
  one.host = "web1:5123";
  one.command = "Query";
  one.state = "Waiting for semi-sync ACK from slave";
  return one;
}

void give_up(Recovery& recovery) {
  recovery.request.policy.given_up = true;
  recovery.request.cause = "E10 given up";
}

TEST(FailoverFence, a_primary_that_was_given_up_is_closed_before_anything_else) {
  for (const char* version : {"10.11.6-MariaDB-log", "5.6.51-log", "9.7.0"}) {
    auto scenario = plain_scenario(3);
    scenario.version = version;
    Recovery tried(scenario);
    give_up(tried);
    tried.server(1).clients = {client(900, "app"), client(901, sim::kAdmin)};
    auto result = tried.run();
    EXPECT_EQ(result.exit_code, 0) << version << ": " << result.why;
    ASSERT_GE(tried.steps().size(), 3u);
    EXPECT_EQ(tried.steps()[0], "close_live server1") << version;
    EXPECT_EQ(tried.steps()[1], "stop_ip_hook server1");
    EXPECT_EQ(tried.steps()[2], "kill_server server1");
    EXPECT_THAT(tried.server(1).clients, IsEmpty());
    EXPECT_TRUE(tried.server(1).read_only);
    EXPECT_THAT(tried.world.violations, IsEmpty());
    EXPECT_THAT(tried.results()[0], StartsWith("proven: "));
    EXPECT_THAT(tried.results()[1], StartsWith("unproven: "));
    EXPECT_THAT(tried.results()[2], StartsWith("proven: no server process is left"));
  }
}

TEST(FailoverFence, closed_over_its_connection_is_enough_where_its_host_does_not_answer_ssh) {
  Recovery recovery(plain_scenario(3));
  give_up(recovery);
  recovery.world.hosts[static_cast<size_t>(recovery.server(1).host())].sshd = false;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.steps(), Not(Contains("kill_server server1")));
  EXPECT_TRUE(recovery.server(1).running());
  EXPECT_TRUE(recovery.server(1).read_only);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverFence, who_was_given_up_and_cannot_be_closed_stays_the_primary) {
  Recovery recovery(plain_scenario(3));
  give_up(recovery);
  recovery.request.policy.fence_over_ssh = false;
  recovery.server(1).tables_locked = true;  // nobody gets the lock for read_only
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("F82"));
  EXPECT_THAT(recovery.steps(), Contains("close_live server1 failed"));
  EXPECT_THAT(recovery.results()[0], StartsWith("failed: "));
  EXPECT_FALSE(recovery.server(1).read_only);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

// R4: closed, and then something else went wrong.
TEST(FailoverFence, an_undone_failover_opens_it_again) {
  auto scenario = plain_scenario(3);
  scenario.hooks["ip start"] = sim::HookWay::exit1;
  Recovery recovery(scenario);
  give_up(recovery);
  recovery.request.policy.fence_over_ssh = false;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(recovery.steps(), Contains("put_back server1"));
  EXPECT_FALSE(recovery.server(1).read_only);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(FailoverFence, somebody_who_opens_it_again_stops_the_failover) {
  Recovery recovery(plain_scenario(3));
  give_up(recovery);
  recovery.request.policy.fence_over_ssh = false;
  recovery.when("server2: STOP", [&] { recovery.server(1).read_only = false; });
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("writable again"));
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

// With ping_type=INSERT nobody asked whether it answers.
TEST(FailoverFence, a_primary_that_may_answer_is_closed_first) {
  Recovery recovery(plain_scenario(3));
  recovery.request.check_still_dead = false;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(recovery.steps()[0], "close_live server1");
  EXPECT_THAT(recovery.world.violations, IsEmpty());

  Recovery gone(plain_scenario(3));
  gone.request.check_still_dead = false;
  gone.server(1).kill(false);
  result = gone.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(gone.steps()[0], "close_live server1 failed");
}

class SemiSyncFence : public testing::Test {
 protected:
  SemiSyncFence() {
    recovery.request.policy.refuse_unproven_fence = true;
    recovery.request.dead_semi_sync = {.source_enabled = true, .source_active = true, .after_sync = true,
                                       .timeout_ms = 4294967295, .wait_for = 1, .clients = 2};
    for (int number : {2, 3}) recovery.server(number).acknowledges = true;
    recovery.world.power_off(recovery.server(1).host());
  }
  Recovery recovery{plain_scenario(3)};
};

TEST_F(SemiSyncFence, an_isolated_primary_that_nobody_can_acknowledge_to_is_fenced) {
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.steps(), Contains("prove_by_semi_sync server1"));
  EXPECT_THAT(recovery.results(), Contains(HasSubstr("receivers stopped")));
  EXPECT_THAT(result.body, Not(HasSubstr("Nothing proves")));
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST_F(SemiSyncFence, a_replica_that_nobody_knows_of_is_a_doubt) {
  recovery.request.dead_semi_sync.clients = 3;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("F80"));
  EXPECT_THAT(recovery.steps(), Contains("prove_by_semi_sync server1"));
  EXPECT_THAT(recovery.results(), Contains(StartsWith("unproven: 3 replicas")));
  for (int number : {2, 3}) EXPECT_NE(recovery.channel(number).receiver, sim::Channel::Receiver::stopped) << number;
}

TEST_F(SemiSyncFence, a_short_timeout_is_none_and_is_refused_before_anything_is_touched) {
  recovery.request.dead_semi_sync.timeout_ms = 10000;
  recovery.request.policy.fence_over_ssh = false;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("F80"));
  EXPECT_THAT(recovery.steps(), IsEmpty());
}

TEST(LastQuestion, waits_as_long_as_its_answers_took_and_never_long) {
  EXPECT_EQ(last_question_for(0ms), 250ms);
  EXPECT_EQ(last_question_for(40ms), 400ms);
  EXPECT_EQ(last_question_for(10s), 1s);
}

}  // namespace
}  // namespace tanist::execute

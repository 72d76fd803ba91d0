// The user's scripts say no, say "go on", or say nothing, at each of their calls (reference mha-manager.md
// 3): what comes after it, what was changed, and what the exit code and the report say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

struct Row {
  const char* call;  // of the script
  HookWay way;
  int exit_code;
  const char* last_step;  // how far it went
  bool promoted;
  const char* report;  // a part of it; empty: none
};

const Row kRows[] = {
    // The address is not taken away: nothing else is touched, whatever the reason.
    {"ip stop", HookWay::exit1, 1, "stop_ip_hook server1 failed", false,
     "Failed to deactivate master IP address on db1"},
    {"ip stop", HookWay::hang, 1, "stop_ip_hook server1 failed", false,
     "Failed to deactivate master IP address on db1"},
    {"ip stop", HookWay::exit10, 0, "reset_replica server2", true,
     "Failed to invalidate master IP address on db1"},
    // Before activation: the failover is undone.
    {"shutdown stop", HookWay::exit1, 1, "put_back server2", false, "Failed to shut down db1"},
    {"shutdown stop", HookWay::hang, 1, "put_back server2", false, "Failed to shut down db1"},
    {"shutdown stop", HookWay::exit10, 0, "reset_replica server2", true, "SSH is reachable, MySQL on db1"},
    {"ip start", HookWay::exit1, 1, "put_back server2", false,
     "Failed to activate master IP address for db2"},
    {"ip start", HookWay::hang, 1, "put_back server2", false, "Failed to activate master IP address for db2"},
    {"ip start", HookWay::exit10, 0, "reset_replica server2", true,
     "Failed to activate master IP address for db2"},
    // Nothing depends on the report.
    {"report", HookWay::exit1, 0, "reset_replica server2", true, ""},
    {"report", HookWay::hang, 0, "reset_replica server2", true, ""},
    {"report", HookWay::exit10, 0, "reset_replica server2", true, ""},
};

TEST(FailoverHooks, each_call_and_each_way_to_disappoint) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.call) + ", way " + std::to_string(static_cast<int>(row.way)));
    auto scenario = plain_scenario(3);
    scenario.shutdown_hook = std::string_view(row.call) == "shutdown stop";
    scenario.hooks[row.call] = row.way;
    Recovery recovery(scenario);
    recovery.server(1).kill(false);
    const TimePoint began = recovery.world.clock.now();
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, row.exit_code) << result.why;
    EXPECT_EQ(recovery.steps().back(), row.last_step);
    EXPECT_EQ(!recovery.server(2).read_only, row.promoted);
    EXPECT_TRUE(recovery.server(3).read_only);
    EXPECT_EQ(result.new_primary.has_value(), row.promoted);
    EXPECT_THAT(result.body, HasSubstr(row.report));
    EXPECT_TRUE(result.phase2_reached);
    EXPECT_LT(recovery.world.clock.now() - began, 60s);  // hook_timeout is 20 s
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(FailoverHooks, a_fence_that_fails_changes_no_server) {
  for (HookWay way : {HookWay::exit1, HookWay::hang}) {
    auto scenario = plain_scenario(4);
    scenario.hooks["ip stop"] = way;
    Recovery recovery(scenario);
    recovery.die_ahead_of({3}, 10);
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(recovery.steps(), testing::ElementsAre("stop_ip_hook server1 failed"));
    for (int number : {1, 2, 3, 4}) EXPECT_THAT(recovery.acts_on(number), IsEmpty());
    EXPECT_EQ(recovery.channel(3).receiver, sim::Channel::Receiver::connecting);
  }
}

TEST(FailoverHooks, a_shutdown_script_that_fails_as_the_only_fence_changes_no_server) {
  auto scenario = plain_scenario(3);
  scenario.shutdown_hook = true;
  scenario.fence_over_ssh = false;
  scenario.hooks["shutdown stop"] = HookWay::exit1;
  Recovery recovery(scenario);
  recovery.server(1).kill(false);
  EXPECT_EQ(recovery.run().exit_code, 1);
  EXPECT_THAT(recovery.steps(), testing::ElementsAre("stop_ip_hook server1", "shutdown_hook server1 failed"));
  for (int number : {2, 3}) EXPECT_THAT(recovery.acts_on(number), IsEmpty());
}

// R1 by name: on_unproven_fence=refuse.
TEST(FailoverHooks, a_fence_that_proves_nothing_stops_where_policy_says_so) {
  auto scenario = plain_scenario(3);
  scenario.refuse_unproven = true;
  Recovery recovery(scenario);
  recovery.server(1).kill(false);
  recovery.world.hosts[static_cast<size_t>(recovery.server(1).host())].sshd = false;
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("F80: nothing proves"));
  for (int number : {2, 3}) EXPECT_THAT(recovery.acts_on(number), IsEmpty());
}

// R9: it answers again, perhaps only with an error packet.
TEST(FailoverHooks, a_primary_that_answers_again_is_left_alone) {
  for (bool busy : {false, true}) {
    Recovery recovery(plain_scenario(3));
    recovery.server(1).busy = busy;
    auto result = recovery.run();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_FALSE(result.phase2_reached);
    EXPECT_THAT(result.why, HasSubstr("nothing was changed"));
    EXPECT_THAT(recovery.world.acts, IsEmpty());
  }
}

// The word "powered off" was believed, yet the host answers: nobody waits for the end of a log that nobody
// serves.
TEST(FailoverHooks, a_host_that_answers_after_power_off_is_copied_and_not_waited_for) {
  auto scenario = plain_scenario(3);
  scenario.shutdown_hook = true;
  scenario.fence_over_ssh = false;
  scenario.shutdown_only_stops = true;
  Recovery recovery(scenario);
  recovery.die_ahead_of({2, 3}, 20);
  auto result = recovery.run();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_THAT(recovery.steps(), Contains("save_tail server1"));
  EXPECT_THAT(result.body, HasSubstr("powered its host off"));
}

}  // namespace
}  // namespace tanist::execute

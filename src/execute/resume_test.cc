// What becomes of a failover whose manager was killed; mortal_test.cc kills it at every step.
#include <gmock/gmock.h>

#include "execute/test_interrupted.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::Recovery;
using testing::HasSubstr;
using testing::IsEmpty;

// It answers, and nobody ends its server: it takes writes again, or somebody else does, and never both or nobody.
TEST(Resume, a_primary_that_was_given_up_is_opened_again_or_replaced) {
  const auto begin_given_up = [] {
    auto scenario = sim::plain_scenario(3);
    scenario.fence_over_ssh = false;
    auto recovery = std::make_unique<Recovery>(scenario);
    recovery->request.policy.given_up = true;
    return recovery;
  };
  const int writes = static_cast<int>(begin_given_up()->run_until(std::nullopt).size());
  EXPECT_GT(writes, 8);
  for (int write = 1; write <= writes; ++write) {
    for (bool written : {false, true}) {
      auto recovery = begin_given_up();
      recovery->run_until(sim::Life::Death{write, written});
      SCOPED_TRACE(fmt::format("killed {} write {}: {}", written ? "after" : "before", write, join(recovery->steps(), ", ")));
      auto resumed = recovery->resume();
      EXPECT_EQ(recovery->world.writers().size(), 1u) << (resumed ? resumed->why : "nothing was left");
      EXPECT_THAT(recovery->world.violations, IsEmpty());
      EXPECT_THAT(*recovery->ledger.journal().unfinished(), IsEmpty());
    }
  }
}

TEST(Resume, whoever_resumes_may_die_as_well) {
  const Story story{"position, from relay logs", kMariadb, false, Recovery::Death::power_off, {3, 4}};
  const int writes = static_cast<int>(begin(story)->run_until(std::nullopt).size());
  for (int write = 2; write <= writes && !HasFailure(); write += 2) {
    for (int second = 1; second <= 22; second += 2) {
      SCOPED_TRACE(fmt::format("killed after write {} and, resuming, before write {}", write, second));
      auto recovery = begin(story);
      recovery->run_until(sim::Life::Death{write, true});
      recovery->resume_until(sim::Life::Death{second, false});
      resume_and_look(*recovery);
    }
  }
}

// Killed right after the journal has said this; a script that runs goes on.
std::unique_ptr<Recovery> killed_after(const std::string& step) {
  for (int write = 1; write < 40; ++write) {
    auto recovery = std::make_unique<Recovery>(sim::plain_scenario(3));
    recovery->server(1).kill(false);
    recovery->run_until(sim::Life::Death{write, true});
    if (!recovery->steps().empty() && recovery->steps().back() == step) return recovery;
  }
  ADD_FAILURE() << "there is no such step: " << step;
  return std::make_unique<Recovery>(sim::plain_scenario(3));
}
constexpr const char* kActivating = "start_ip_hook server2 open";

TEST(Resume, what_clients_have_used_stays_the_primary) {
  auto recovery = killed_after(kActivating);
  recovery->server(2).read_only = false;
  recovery->server(2).commit();
  auto resumed = recovery->resume();
  EXPECT_EQ(resumed->verdict.rule, "I45");
  EXPECT_TRUE(resumed->closed);
  EXPECT_EQ(recovery->channel(3).settings.host, "10.0.0.2");
  EXPECT_EQ(recovery->server(3).data, recovery->server(2).data);
}

TEST(Resume, nobody_is_chosen_while_nobody_can_tell) {
  auto recovery = killed_after(kActivating);
  recovery->server(2).kill(false);
  auto resumed = recovery->resume();
  EXPECT_EQ(resumed->verdict.rule, "I40");
  EXPECT_FALSE(resumed->closed);
  EXPECT_THAT(resumed->why, HasSubstr("type: tanist ack app1"));
  const auto acts = recovery->acts_on(3);
  resumed = recovery->resume(true);
  EXPECT_TRUE(resumed->closed);
  EXPECT_EQ(recovery->acts_on(3), acts);
}

TEST(Resume, what_a_person_has_done_meanwhile_is_left_alone) {
  auto recovery = killed_after(kActivating);
  recovery->server(3).read_only = false;
  const auto acts = recovery->world.acts;
  auto resumed = recovery->resume();
  EXPECT_EQ(resumed->verdict.rule, "I20");
  EXPECT_TRUE(resumed->closed);
  EXPECT_EQ(recovery->world.acts, acts);
}

TEST(Resume, a_primary_that_lives_beside_the_new_one_is_fenced_before_that_takes_writes) {
  auto recovery = killed_after("start_ip_hook server2");
  recovery->server(1).start();
  recovery->server(1).read_only = true;
  auto resumed = recovery->resume();
  EXPECT_EQ(resumed->verdict.rule, "I30");
  EXPECT_TRUE(resumed->closed) << resumed->why;
  EXPECT_FALSE(recovery->server(1).running());
  EXPECT_TRUE(recovery->server(2).takes_writes());
  EXPECT_THAT(recovery->world.violations, IsEmpty());
}

// Whoever lost the lock does nothing more; whoever has it goes on from the journal.
TEST(Resume, what_was_left_without_the_lock_is_finished_by_whoever_has_it) {
  for (const bool lost_in_script : {false, true}) {
    SCOPED_TRACE(lost_in_script ? "in the script" : "before it");
    Recovery recovery(sim::plain_scenario(3));
    recovery.server(1).kill(false);
    const auto robbed = std::make_shared<bool>(!lost_in_script);
    recovery.request.still_ours = [robbed] { return *robbed ? fail(Errc::conflict, "the lock is lost") : Status{}; };
    recovery.when("hook ip start", [robbed] { *robbed = true; });
    EXPECT_EQ(recovery.run().exit_code, 1);

    const auto acts = recovery.acts_on(2);
    auto resumed = recovery.resume();  // not he
    ASSERT_TRUE(resumed);
    EXPECT_FALSE(resumed->closed);
    EXPECT_THAT(resumed->why, HasSubstr("the lock is lost"));
    EXPECT_EQ(recovery.acts_on(2), acts);

    *robbed = false;
    resumed = recovery.resume();
    EXPECT_EQ(resumed->verdict.rule, lost_in_script ? "I30" : "I50");
    EXPECT_TRUE(resumed->closed) << resumed->why;
    EXPECT_EQ(recovery.server(2).takes_writes(), lost_in_script);
    EXPECT_EQ(recovery.channel(3).settings.host, lost_in_script ? "10.0.0.2" : "10.0.0.1");
  }
}

}  // namespace
}  // namespace tanist::execute

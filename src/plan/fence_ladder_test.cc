#include "plan/fence_ladder.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "plan/plan_cases.h"

namespace tanist::plan {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testlib::cluster;

topology::SemiSync strict() {
  return {.source_enabled = true, .source_active = true, .after_sync = true, .waits_without_replicas = true,
          .timeout_ms = 1'000'000'000'000, .wait_for = 1, .clients = 2};
}

// All of them acknowledge, and their receivers are stopped unless `topology` says else.
RungResult judged(const char* topology, topology::SemiSync settings = strict()) {
  auto given = cluster(topology);
  for (auto& seen : given.observations) {
    if (auto* state = std::get_if<topology::ServerState>(&seen.seen)) state->semi_sync.replica_enabled = true;
  }
  return judge_semi_sync(settings, given.snapshot(), ServerId("db1"));
}
constexpr const char* kStopped = "db1(dead) -> db2(receiver_stopped), db3(receiver_stopped)";

TEST(SemiSyncProof, holds_when_nobody_can_acknowledge_any_more) {
  const RungResult result = judged(kStopped);
  EXPECT_EQ(result.outcome, RungOutcome::proven) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("may still be read"));
  EXPECT_TRUE(semi_sync_may_prove(strict()));
}

TEST(SemiSyncProof, needs_a_receiver_that_listens_to_somebody_else_as_little_as_one_that_is_stopped) {
  EXPECT_EQ(judged("db1(dead) -> db2(receiver_stopped), db3(receiver_stopped); db2 -> db4(multi_tier)").outcome,
            RungOutcome::proven);
}

struct Doubt {
  const char* topology;
  const char* why;
  std::function<void(topology::SemiSync&)> also = [](topology::SemiSync&) {};
  bool may_prove = true;
};

TEST(SemiSyncProof, fails_with_any_doubt) {
  const Doubt doubts[] = {
      {"db1(dead) -> db2(receiver_stopped), db3(running)", "the receiver of db3(10.0.0.3:3306) is not stopped"},
      {"db1(dead) -> db2(receiver_stopped), db3(connecting)", "is not stopped"},
      {"db1(dead) -> db2(receiver_stopped), db3(dead)", "db3(10.0.0.3:3306) does not answer"},
      {"db1(dead) -> db2(receiver_stopped)", "2 replicas acknowledged to it, and 1 of ours can"},
      {kStopped, "waited for nobody", [](auto& s) { s.source_active = false; }, false},
      {kStopped, "AFTER_COMMIT", [](auto& s) { s.after_sync = false; }, false},
      {kStopped, "waits for 10000 ms", [](auto& s) { s.timeout_ms = 10000; }, false},
      {kStopped, "does not wait when its replicas are gone", [](auto& s) { s.waits_without_replicas = false; }, false},
      {kStopped, "nobody knows how many", [](auto& s) { s.clients.reset(); }},
      {kStopped, "nobody knows how many", [](auto& s) { s.wait_for = 0; }, false},
  };
  for (const Doubt& doubt : doubts) {
    auto settings = strict();
    doubt.also(settings);
    const RungResult result = judged(doubt.topology, settings);
    EXPECT_EQ(result.outcome, RungOutcome::unproven) << doubt.why;
    EXPECT_THAT(result.detail, HasSubstr(doubt.why));
    EXPECT_EQ(semi_sync_may_prove(settings), doubt.may_prove) << doubt.why;
  }
  EXPECT_EQ(judged(kStopped, {}).outcome, RungOutcome::not_tried);
}

TEST(Ladder, is_proven_by_any_rung_that_proves_and_its_server_is_gone_by_some) {
  std::set<std::string_view> ids;
  for (const RuleRow& row : ladder_rules()) EXPECT_TRUE(ids.insert(row.id).second) << row.id;
  EXPECT_EQ(ids.size(), kRungs);
  for (Rung rung : {Rung::live_connection, Rung::address_script, Rung::over_ssh, Rung::shutdown_script, Rung::semi_sync}) {
    EXPECT_EQ(row_of(rung).rung, rung);
    Ladder ladder;
    EXPECT_THAT(ladder.lines(), IsEmpty());
    for (RungOutcome outcome : {RungOutcome::unproven, RungOutcome::failed}) {
      ladder[rung] = {outcome, "why"};
      EXPECT_FALSE(ladder.proven());
      EXPECT_FALSE(ladder.server_gone());
    }
    ladder[rung] = {RungOutcome::proven, "how"};
    EXPECT_TRUE(ladder.proven());
    EXPECT_EQ(ladder.server_gone(), rung == Rung::over_ssh || rung == Rung::shutdown_script);
    ASSERT_EQ(ladder.lines().size(), 1u);
    EXPECT_THAT(ladder.lines()[0], HasSubstr("proven: how"));
  }
}

TEST(Ladder, of_a_primary_that_was_given_up_must_be_proven_whatever_the_policy) {
  Policy policy = replace_db1();
  auto alive = testlib::topo("db1 -> db2");
  EXPECT_EQ(std::get<Refusal>(plan_failover(alive, policy, DeadHost{}, {})).rule, "F20");
  policy.given_up = true;
  auto decision = plan_failover(alive, policy, DeadHost{}, {});
  ASSERT_TRUE(std::holds_alternative<Plan>(decision));
  EXPECT_EQ(std::get<Plan>(decision).steps[1].kind, StepKind::close_live);
  auto after = gone();
  EXPECT_EQ(std::get<Refusal>(plan_failover(alive, policy, after, {})).rule, "F82");
  EXPECT_EQ(check_fence(alive, policy, after)->rule, "F82");
  after.fence_proven = true;
  EXPECT_FALSE(check_fence(alive, policy, after));
  EXPECT_EQ(std::get<Refusal>(plan_failover(testlib::topo("db1(busy) -> db2"), policy, DeadHost{}, {})).rule, "F22");
}

}  // namespace
}  // namespace tanist::plan

#include "daemon/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tanist::daemon {
namespace {

using namespace std::chrono_literals;
using store::RecoveryOutcome;
using store::RecoveryRecord;
using testing::HasSubstr;

WallTime minute(int number) { return WallTime(std::chrono::minutes(number)); }

RecoveryRecord recovery(int64_t number, const char* cluster, const char* kind, std::optional<int> ended) {
  RecoveryRecord record;
  record.id = {number};
  record.cluster = cluster;
  record.kind = kind;
  if (ended) record.finished = minute(*ended);
  if (ended) record.outcome = RecoveryOutcome::succeeded;
  return record;
}

std::optional<std::string> ask(std::vector<RecoveryRecord> history, std::optional<store::Mark> said = std::nullopt) {
  return why_not_again("app1", history, said, 60min, minute(100));
}

TEST(WhyNotAgain, nothing_stands_against_the_first_one) {
  EXPECT_EQ(ask({}), std::nullopt);
  EXPECT_EQ(ask({recovery(1, "app2", "failover", 99)}), std::nullopt) << "another cluster's";
  EXPECT_EQ(ask({recovery(1, "app1", "switchover", 99)}), std::nullopt) << "somebody wanted that one";
}

TEST(WhyNotAgain, the_last_one_counts_until_the_pause_is_over) {
  auto why = ask({recovery(7, "app1", "failover", 58), recovery(2, "app1", "failover", 1)});
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("number 7, succeeded"));
  EXPECT_THAT(*why, HasSubstr("42 min ago"));
  EXPECT_THAT(*why, HasSubstr("tanist ack app1"));
  EXPECT_EQ(ask({recovery(7, "app1", "failover", 40)}), std::nullopt);
}

TEST(WhyNotAgain, one_that_was_interrupted_and_undone_does_not_count_but_two_do) {
  RecoveryRecord undone = recovery(7, "app1", "failover", 99);
  undone.outcome = RecoveryOutcome::abandoned;
  EXPECT_EQ(ask({undone}), std::nullopt);
  EXPECT_EQ(ask({undone, recovery(6, "app1", "failover", 20)}), std::nullopt);
  EXPECT_TRUE(ask({undone, recovery(6, "app1", "failover", 90)})) << "the one before counts";
  EXPECT_TRUE(ask({undone, undone}));
  EXPECT_EQ(ask({undone, undone}, store::Mark{minute(99), {}, ""}), std::nullopt);
}

TEST(WhyNotAgain, a_clock_that_was_set_back_is_no_reason_to_act) {
  auto why = ask({recovery(7, "app1", "failover", 300)});
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("it was set back"));
  EXPECT_THAT(*why, HasSubstr("by hand: tanist failover app1"));
}

TEST(WhyNotAgain, a_person_who_has_looked_allows_it) {
  const std::vector<RecoveryRecord> history = {recovery(7, "app1", "failover", 90)};
  EXPECT_TRUE(ask(history, store::Mark{minute(80), {}, ""})) << "that was of the one before";
  EXPECT_EQ(ask(history, store::Mark{minute(95), {}, ""}), std::nullopt);
}

}  // namespace
}  // namespace tanist::daemon

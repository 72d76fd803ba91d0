#include "compat/failover_flags.h"

#include <gtest/gtest.h>

#include "sys/manual_clock.h"
#include "sys/memory_files.h"

namespace tanist::compat {
namespace {

using namespace std::chrono_literals;

struct FailoverFlagsTest : testing::Test {
  sys::ManualClock clock;
  sys::MemoryFiles files{clock};
  FailoverFlags flags{files, clock, "/w", "app1"};
};

TEST_F(FailoverFlagsTest, nothing_stands_in_the_way_at_first) {
  EXPECT_TRUE(flags.check_no_error());
  EXPECT_TRUE(flags.check_not_recent(480min));
}

TEST_F(FailoverFlagsTest, a_second_failover_must_wait) {
  ASSERT_TRUE(flags.mark_complete());
  clock.advance(479min + 59s);
  EXPECT_EQ(flags.check_not_recent(480min).error().what,
            "the last failover ended 7 hours 59 minutes ago, less than 480 minutes "
            "(/w/app1.failover.complete); use "
            "--ignore_last_failover or --last_failover_minute to fail over all the same");
  EXPECT_EQ(flags.check_not_recent(480min).error().code, Errc::conflict);
  EXPECT_TRUE(files.has("/w/app1.failover.complete"));
  clock.advance(1s);
  EXPECT_TRUE(flags.check_not_recent(480min));
  EXPECT_FALSE(files.has("/w/app1.failover.complete"));  // forgotten, so that it cannot refuse again
}

TEST_F(FailoverFlagsTest, a_file_from_the_future_is_recent) {
  ASSERT_TRUE(flags.mark_complete());
  sys::ManualClock earlier;
  clock.advance(1h);
  ASSERT_TRUE(flags.mark_complete());
  FailoverFlags set_back(files, earlier, "/w", "app1");
  EXPECT_FALSE(set_back.check_not_recent(480min));
}

TEST_F(FailoverFlagsTest, a_failed_failover_blocks_until_a_person_looked) {
  ASSERT_TRUE(flags.mark_error());
  clock.advance(10000h);
  EXPECT_EQ(flags.check_no_error().error().what,
            "the last failover failed: /w/app1.failover.error exists; see that the cluster is sound, then "
            "remove it or "
            "use --ignore_last_failover");
}

TEST_F(FailoverFlagsTest, ignoring_the_last_failover_forgets_both) {
  ASSERT_TRUE(flags.mark_complete());
  ASSERT_TRUE(flags.mark_error());
  ASSERT_TRUE(flags.forget());
  EXPECT_TRUE(flags.check_no_error());
  EXPECT_TRUE(flags.check_not_recent(480min));
  EXPECT_TRUE(flags.forget());
}

TEST_F(FailoverFlagsTest, the_age_is_that_of_the_last_failover) {
  ASSERT_TRUE(flags.mark_complete());
  clock.advance(470min);
  ASSERT_TRUE(flags.mark_complete());
  clock.advance(470min);
  EXPECT_FALSE(flags.check_not_recent(480min));
}

}  // namespace
}  // namespace tanist::compat

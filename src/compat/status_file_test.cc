#include "compat/status_file.h"

#include <gtest/gtest.h>

#include "sys/manual_clock.h"
#include "sys/memory_files.h"

namespace tanist::compat {
namespace {

using namespace std::chrono_literals;

TEST(StatusFile, is_one_line_that_reads_back) {
  const struct {
    Health health;
    std::string_view text;
  } kCases[] = {
      {{4711, ManagerState::initializing_monitor, ""}, "4711\t10:INITIALIZING_MONITOR"},
      {{1, ManagerState::ping_ok, "db1"}, "1\t0:PING_OK\tmaster:db1"},
      {{2147483647, ManagerState::failover_running, "db:1"}, "2147483647\t50:FAILOVER_RUNNING\tmaster:db:1"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(c.health.text(), c.text);
    EXPECT_EQ(parse_health(c.text).value(), c.health);
    EXPECT_EQ(parse_health(std::string(c.text) + "\n").value(), c.health);
  }
}

TEST(StatusFile, says_what_is_wrong_with_a_foreign_one) {
  const struct {
    std::string_view text, error;
  } kCases[] = {
      {"", "is empty"},
      {"\n", "is empty"},
      {"pid\t0:PING_OK", "does not begin with a process id"},
      {"0\t0:PING_OK", "does not begin with a process id"},
      {"99999999999\t0:PING_OK", "does not begin with a process id"},
      {"4711", "has no state that is known"},
      {"4711\t0:PING", "has no state that is known"},
      {"4711\t1:PING_OK", "has no state that is known"},
  };
  for (const auto& c : kCases) EXPECT_EQ(parse_health(c.text).error().what, c.error) << c.text;
}

TEST(StatusFile, every_state_has_its_token) {
  for (int number : {0, 2, 3, 10, 20, 21, 30, 31, 32, 50, 51}) {
    auto state = static_cast<ManagerState>(number);
    EXPECT_EQ(parse_token(token(state)), state);
    EXPECT_TRUE(token(state).starts_with(std::to_string(number) + ":"));
  }
  EXPECT_FALSE(parse_token("PING_OK"));
}

TEST(StatusFile, a_good_ping_moves_the_time_and_brings_a_lost_file_back) {
  sys::ManualClock clock;
  sys::MemoryFiles files(clock);
  StatusFile status(files, health_path("/var/tmp", "app1"), 4711);
  EXPECT_EQ(status.path(), "/var/tmp/app1.master_status.health");
  ASSERT_TRUE(status.write(ManagerState::ping_ok, "db1"));
  EXPECT_EQ(files.facts(status.path())->mode, 0644u);
  clock.advance(3s);
  ASSERT_TRUE(status.touch());
  EXPECT_EQ(files.facts(status.path())->modified, clock.wall_now());
  EXPECT_EQ(files.read(status.path()).value(), "4711\t0:PING_OK\tmaster:db1");
  ASSERT_TRUE(files.remove(status.path()));
  ASSERT_TRUE(status.touch());
  EXPECT_EQ(files.read(status.path()).value(), "4711\t0:PING_OK\tmaster:db1");
  ASSERT_TRUE(status.remove());
  EXPECT_FALSE(files.has(status.path()));
}

}  // namespace
}  // namespace tanist::compat

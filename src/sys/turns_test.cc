#include "sys/turns.h"

#include <gtest/gtest.h>

#include "sys/manual_clock.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;

TEST(Turns, one_at_a_time_and_first_come_first_served) {
  ManualClock clock;
  Turns turns;
  std::vector<std::string> seen;
  auto take = [&](std::string name) -> Task<void> {
    co_await turns.begin();
    seen.push_back(name + " begins");
    co_await sleep_for(clock, 10ms);
    seen.push_back(name + " ends");
    turns.end();
  };
  for (const char* name : {"a", "b", "c"}) start_detached(take(name));
  clock.run_until_idle();
  start_detached(take("d"));
  clock.run_until_idle();
  EXPECT_EQ(seen, (std::vector<std::string>{"a begins", "a ends", "b begins", "b ends", "c begins", "c ends",
                                            "d begins", "d ends"}));
}

}  // namespace
}  // namespace tanist::sys

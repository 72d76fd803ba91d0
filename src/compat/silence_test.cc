#include "compat/silence.h"

#include <gtest/gtest.h>

namespace tanist::compat {
namespace {

using namespace std::chrono_literals;

// One letter a second: a answers, r refuses, s is silent.
Life after(std::string_view looks) {
  SilenceRecord record;
  TimePoint now{};
  for (char c : looks) {
    if (c == 'a') record.answered();
    if (c != 'a') record.silent(now, c == 'r');
    now += 1s;
  }
  return record.life(4s);
}

TEST(SilenceRecord, needs_several_looks_and_time) {
  EXPECT_EQ(after("a"), Life::answers);
  EXPECT_EQ(after("r"), Life::silent);
  EXPECT_EQ(after("rrrr"), Life::silent);
  EXPECT_EQ(after("rrrrr"), Life::dead) << "refused for 4 s";
  EXPECT_EQ(after("rrrarrrr"), Life::silent) << "an answer begins it anew";
  EXPECT_EQ(after("rrrrra"), Life::answers);
  EXPECT_EQ(after("sssssssss"), Life::silent);
  EXPECT_EQ(after("rrsrrrr"), Life::silent) << "not refused each time";
  EXPECT_EQ(after("sssssssssssss"), Life::dead) << "nothing for 12 s";
  SilenceRecord two_looks;
  two_looks.silent(TimePoint{}, true);
  two_looks.silent(TimePoint{} + 1h, true);
  EXPECT_EQ(two_looks.life(4s), Life::silent);
}

}  // namespace
}  // namespace tanist::compat

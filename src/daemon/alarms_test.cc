#include "daemon/alarms.h"

#include <gtest/gtest.h>

#include "sys/manual_clock.h"

namespace tanist::daemon {
namespace {

using namespace std::chrono_literals;

class AlarmsTest : public testing::Test {
 protected:
  static Alarm alarm(std::string rule, std::string about, std::string sentence = "") {
    return {std::move(rule), std::move(about), std::move(sentence), {}, {}};
  }
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }

  sys::ManualClock clock;
  std::vector<std::string> heard_;
  Alarms alarms{clock, [this](const Alarm& one, Alarms::Change change) {
                  heard_.push_back((change == Alarms::Change::begins ? "+" : "-") + one.rule + " " + one.about);
                }};
};

TEST_F(AlarmsTest, are_told_when_they_begin_and_when_they_end) {
  alarms.standing("care", {alarm("K10", "db2"), alarm("K10", "db3")});
  EXPECT_EQ(heard(), (std::vector<std::string>{"+K10 db2", "+K10 db3"}));
  alarms.standing("care", {alarm("K10", "db3"), alarm("K20", "db3")});
  EXPECT_EQ(heard(), (std::vector<std::string>{"-K10 db2", "+K20 db3"}));
  alarms.standing("care", {});
  EXPECT_EQ(heard().size(), 2u);
  EXPECT_TRUE(alarms.all().empty());
}

TEST_F(AlarmsTest, keep_their_beginning_while_their_words_change) {
  alarms.standing("care", {alarm("K10", "db2", "3 s behind")});
  const WallTime begun = alarms.all().front().since;
  clock.advance(7s);
  alarms.standing("care", {alarm("K10", "db2", "10 s behind")});
  EXPECT_EQ(heard().size(), 1u);
  EXPECT_EQ(alarms.all().front().since, begun);
  EXPECT_EQ(alarms.all().front().sentence, "10 s behind");
}

TEST_F(AlarmsTest, of_one_source_are_none_of_anothers_and_the_oldest_comes_first) {
  alarms.standing("grey", {alarm("E10", "db1")});
  clock.advance(1s);
  alarms.standing("care", {alarm("K10", "db2")});
  alarms.standing("care", {alarm("K10", "db2")});
  EXPECT_EQ(heard(), (std::vector<std::string>{"+E10 db1", "+K10 db2"}));
  ASSERT_EQ(alarms.all().size(), 2u);
  EXPECT_EQ(alarms.all().front().rule, "E10");
}

}  // namespace
}  // namespace tanist::daemon

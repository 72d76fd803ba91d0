#include "notify/post.h"

#include <gmock/gmock.h>

#include "sys/manual_clock.h"
#include "sys/memory_log.h"
#include "sys/scripted_processes.h"

namespace tanist::notify {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Notice notice(std::string cluster, std::string name) {
  return {std::move(cluster), "recovery", std::move(name), "a sentence", WallTime{}, "mgr"};
}

class PostTest : public testing::Test {
 protected:
  PostTest() : processes([this](const sys::ProcessSpec& spec) { return answer(spec); }), post(clock, processes, log) {}

  Result<sys::ProcessResult> answer(const sys::ProcessSpec& spec) {
    tried.push_back(spec.extra_env.at("TANIST_NAME"));
    sys::ProcessResult result;
    if (failures > 0) {
      --failures;
      result.status.code = 22;
      result.errors = "noise\nno such place\n";
    }
    return result;
  }

  sys::ManualClock clock;
  sys::MemoryLog log;
  int failures = 0;
  std::vector<std::string> tried;
  sys::ScriptedProcesses processes;
  Post post;
  const Way way{WayKind::command, Secret("page the-dba")};
};

TEST_F(PostTest, sends_in_the_order_in_which_things_happened) {
  post.send(way, notice("app1", "one"));
  post.send(way, notice("app1", "two"));
  clock.run_until_idle();
  EXPECT_THAT(tried, ElementsAre("one", "two"));
}

TEST_F(PostTest, what_fails_is_tried_again_and_what_came_behind_it_waits) {
  failures = 2;
  post.send(way, notice("app1", "one"));
  post.send(way, notice("app1", "two"));
  clock.run_until_idle();
  EXPECT_THAT(tried, ElementsAre("one", "one", "one", "two"));
  EXPECT_TRUE(log.contains("notify_command of app1 ([tanist] app1: recovery one) did not get through, and is tried "
                                    "again: it ended with 22: no such place."));
  EXPECT_EQ(clock.now().time_since_epoch(), 35s);
}

TEST_F(PostTest, nothing_is_tried_for_ever) {
  failures = 6;
  post.send(way, notice("app1", "one"));
  post.send(way, notice("app1", "two"));
  clock.run_until_idle();
  EXPECT_EQ(tried.size(), 7u);
  EXPECT_EQ(tried.back(), "two");
  EXPECT_TRUE(log.contains("is given up after 6 tries"));
}

TEST_F(PostTest, one_way_that_does_not_work_holds_up_no_other) {
  failures = 1;
  post.send(way, notice("app1", "one"));
  post.send(way, notice("app2", "other"));
  EXPECT_THAT(tried, ElementsAre("one", "other"));
}

TEST_F(PostTest, of_too_many_the_oldest_are_dropped_and_that_is_said) {
  failures = 1;
  for (int i = 0; i < 203; ++i) post.send(way, notice("app1", std::to_string(i)));
  clock.run_until_idle();
  EXPECT_EQ(tried.size(), 202u) << "the first twice";
  EXPECT_EQ(tried[2], "3");
  EXPECT_TRUE(log.contains("2 older notices were dropped"));
}

TEST_F(PostTest, an_end_allows_one_more_try) {
  failures = 100;
  post.send(way, notice("app1", "one"));
  post.send(way, notice("app1", "two"));
  sys::start_detached(post.stop());
  clock.run_until_idle();
  EXPECT_THAT(tried, ElementsAre("one", "one"));
  EXPECT_EQ(clock.now().time_since_epoch(), 0s);
}

}  // namespace
}  // namespace tanist::notify

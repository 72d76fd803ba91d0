// A manager is killed before and after every single write of its journal; the next one resumes. Whatever the step: one
// server takes writes, everybody follows it and has all that was to be had, and the journal is closed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ostream>

#include "base/text.h"
#include "execute/test_recovery.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::Recovery;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMariadb = "10.11.6-MariaDB-log";

struct Story {
  const char* name;
  const char* version;
  bool gtid;
  Recovery::Death death;
  std::set<int> behind;
  std::function<void(sim::Scenario&)> scenario = [](sim::Scenario&) {};
};
void PrintTo(const Story& story, std::ostream* out) { *out << story.name; }
void slow(sim::Scenario& scenario) { scenario.replicas[2].receive_time = 50ms; }
const std::vector<Story>& stories() {
  static const std::vector<Story> all = {
      {"position, all equal", kMariadb, false, Recovery::Death::kill, {}},
      {"position, from the dead host", kMariadb, false, Recovery::Death::kill, {3, 4}},
      {"position, from relay logs", kMariadb, false, Recovery::Death::power_off, {3, 4}},
      {"position, from relay logs, one is slow", kMariadb, false, Recovery::Death::power_off, {3, 4}, slow},
      {"MariaDB GTID, from the dead host", kMariadb, true, Recovery::Death::kill, {3, 4}},
      {"MariaDB GTID, from relay logs", kMariadb, true, Recovery::Death::power_off, {3, 4}},
      {"MySQL GTID, from the dead host", "8.0.36", true, Recovery::Death::kill, {2, 3, 4}},
      {"MySQL GTID, from relay logs", "8.0.36", true, Recovery::Death::power_off, {3, 4}},
  };
  return all;
}

std::unique_ptr<Recovery> begin(const Story& story) {
  auto scenario = sim::plain_scenario(4);
  scenario.version = story.version;
  scenario.gtid = story.gtid;
  story.scenario(scenario);
  auto recovery = std::make_unique<Recovery>(scenario);
  recovery->die_ahead_of(story.behind, 40, story.death);
  return recovery;
}

void expect_whole(Recovery& recovery) {
  auto writers = recovery.world.writers();
  ASSERT_EQ(writers.size(), 1u);
  const sim::Server& next = *writers.front();
  EXPECT_EQ(recovery.world.address_on.count(next.host()), 1u);
  for (int number = 2; number <= 4; ++number) {
    if (number == next.number()) continue;
    SCOPED_TRACE(fmt::format("server{} below {}", number, next.name()));
    const auto& channel = recovery.channel(number);
    EXPECT_EQ(channel.settings.host, fmt::format("10.0.0.{}", next.number()));
    EXPECT_EQ(channel.settings.user, sim::kReplUser);
    EXPECT_EQ(channel.receiver, sim::Channel::Receiver::running) << channel.io_error;
    EXPECT_TRUE(channel.applier) << channel.sql_error;
    EXPECT_EQ(recovery.server(number).data, next.data);
    EXPECT_TRUE(recovery.server(number).read_only);
    for (const auto& txn : recovery.channel(number).ever_received) EXPECT_TRUE(next.has(txn)) << sim::text(txn);
  }
  EXPECT_THAT(recovery.world.violations, IsEmpty());
  EXPECT_THAT(*recovery.ledger.journal().unfinished(), IsEmpty());
}

void kill_resume_and_look(const Story& story, std::vector<sim::Life::Death> deaths) {
  auto recovery = begin(story);
  recovery->run_until(deaths.front());
  std::string at = fmt::format("{}, killed {} write {}: {}", story.name, deaths.front().written ? "after" : "before",
                               deaths.front().write, join(recovery->steps(), ", "));
  if (deaths.size() > 1) {
    recovery->resume_until(deaths.back());
    at += fmt::format("; and again {} write {}: {}", deaths.back().written ? "after" : "before", deaths.back().write,
                      join(recovery->steps(), ", "));
  }
  SCOPED_TRACE(at);
  auto resumed = recovery->resume();
  if (resumed) {
    EXPECT_TRUE(resumed->closed) << resumed->why;
  }
  // Nobody was given writes: the primary is as dead as it was.
  if (recovery->world.writers().empty()) {
    auto again = recovery->run();
    EXPECT_EQ(again.exit_code, 0) << again.why << (resumed ? "; resumed: " + resumed->why : "");
  }
  expect_whole(*recovery);
}

class ResumeTest : public testing::TestWithParam<Story> {};

TEST_P(ResumeTest, a_failover_is_finished_or_undone_whatever_step_its_manager_dies_at) {
  const int writes = begin(GetParam())->run_until(std::nullopt);
  EXPECT_GT(writes, 10);
  for (int write = 1; write <= writes && !HasFailure(); ++write)
    for (bool written : {false, true}) kill_resume_and_look(GetParam(), {{write, written}});
}

INSTANTIATE_TEST_SUITE_P(Stories, ResumeTest, testing::ValuesIn(stories()), [](const auto& each) {
  std::string name = each.param.name;
  std::replace_if(name.begin(), name.end(), [](char sign) { return !std::isalnum(static_cast<unsigned char>(sign)); }, '_');
  return name;
});

// It answers, and nobody ends its server: it takes writes again, or somebody else does, and never both or nobody.
TEST(Resume, a_primary_that_was_given_up_is_opened_again_or_replaced) {
  const auto begin_given_up = [] {
    auto scenario = sim::plain_scenario(3);
    scenario.fence_over_ssh = false;
    auto recovery = std::make_unique<Recovery>(scenario);
    recovery->request.policy.given_up = true;
    return recovery;
  };
  const int writes = begin_given_up()->run_until(std::nullopt);
  EXPECT_GT(writes, 8);
  for (int write = 1; write <= writes; ++write) {
    for (bool written : {false, true}) {
      auto recovery = begin_given_up();
      recovery->run_until(sim::Life::Death{write, written});
      SCOPED_TRACE(fmt::format("killed {} write {}: {}", written ? "after" : "before", write, join(recovery->steps(), ", ")));
      static_cast<void>(recovery->resume());
      EXPECT_EQ(recovery->world.writers().size(), 1u);
      EXPECT_THAT(recovery->world.violations, IsEmpty());
      EXPECT_THAT(*recovery->ledger.journal().unfinished(), IsEmpty());
    }
  }
}

TEST(Resume, whoever_resumes_may_die_as_well) {
  const Story& story = stories()[2];
  ASSERT_STREQ(story.name, "position, from relay logs");
  const int writes = begin(story)->run_until(std::nullopt);
  for (int write = 2; write <= writes && !HasFailure(); write += 2) {
    for (int second = 1; second <= 22; second += 2) kill_resume_and_look(story, {{write, true}, {second, false}});
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

}  // namespace
}  // namespace tanist::execute

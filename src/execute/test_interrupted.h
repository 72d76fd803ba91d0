// What the tests of interrupted recoveries do and ask alike: whatever the manager died at, one server takes writes, everybody
// follows it and has all that was to be had, and the journal is closed.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "execute/test_recovery.h"

namespace tanist::execute {

constexpr const char* kMariadb = "10.11.6-MariaDB-log";

struct Story {
  std::string name;
  const char* version;
  bool gtid;
  sim::Recovery::Death death;
  std::set<int> behind;
  std::function<void(sim::Scenario&)> scenario = [](sim::Scenario&) {};
  int stopped = 0;  // the applier of this one was stopped by somebody
};
inline void PrintTo(const Story& story, std::ostream* out) { *out << story.name; }
inline void slow(sim::Scenario& scenario) { scenario.replicas[2].receive_time = std::chrono::milliseconds(50); }

inline std::unique_ptr<sim::Recovery> begin(const Story& story) {
  auto scenario = sim::plain_scenario(4);
  scenario.version = story.version;
  scenario.gtid = story.gtid;
  story.scenario(scenario);
  auto recovery = std::make_unique<sim::Recovery>(scenario);
  if (story.stopped != 0) recovery->channel(story.stopped).stop_applier();
  recovery->die_ahead_of(story.behind, 40, story.death);
  return recovery;
}

inline void expect_whole(sim::Recovery& recovery) {
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
  for (const std::string& violation : recovery.world.violations) ADD_FAILURE() << violation;
  EXPECT_TRUE(recovery.ledger.journal().unfinished()->empty());
}

inline void resume_and_look(sim::Recovery& recovery) {
  auto resumed = recovery.resume();
  if (resumed) {
    EXPECT_TRUE(resumed->closed) << resumed->why;
  }
  // Nobody was given writes: the primary is as dead as it was.
  if (recovery.world.writers().empty()) {
    auto again = recovery.run();
    EXPECT_EQ(again.exit_code, 0) << again.why << (resumed ? "; resumed: " + resumed->why : "");
  }
  expect_whole(recovery);
}

}  // namespace tanist::execute

// What several tests of a failover in the simulated world do or ask alike.
#pragma once

#include <gtest/gtest.h>

#include "sim/recovery.h"

namespace tanist::execute {

// The replica's settings are those of before the failover: the old primary, by its own account.
inline void expect_old_source(sim::Recovery& recovery, int number) {
  const auto& settings = recovery.channel(number).settings;
  EXPECT_EQ(settings.host, "10.0.0.1");
  EXPECT_EQ(settings.port, 3306);
  EXPECT_EQ(settings.user, sim::kReplUser);
  EXPECT_EQ(settings.password, sim::kReplPassword);
  EXPECT_EQ(settings.connect_retry, 60u);
}

// server4 is slow, and the stand-in that serves server2's relay logs ends before it has fetched everything.
inline sim::Scenario with_a_slow_fourth() {
  auto scenario = sim::plain_scenario(4);
  scenario.replicas[2].receive_time = std::chrono::milliseconds(50);
  return scenario;
}
inline FailoverResult run_until_the_stand_in_ends(sim::Recovery& recovery) {
  recovery.die_ahead_of({3, 4}, 100, sim::Recovery::Death::power_off);
  recovery.when("server4: START", [&] {
    recovery.world.after(std::chrono::seconds(1), [&] { recovery.nodes.end_stand_ins(); });
  });
  return recovery.run();
}

}  // namespace tanist::execute

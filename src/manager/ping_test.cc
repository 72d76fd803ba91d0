#include "manager/ping.h"

#include <gtest/gtest.h>

#include "sim/recovery.h"

namespace tanist::manager {
namespace {

using namespace std::chrono_literals;

class PingTest : public testing::Test {
 protected:
  // The first ping of a manager; another one may hold the lock.
  mysql::Answer<Pinger::Pong> first_ping(config::PingType type) {
    primary.ping_type = type;
    primary.ping_interval = 2s;
    mysql::Answer<Pinger::Pong> answer;
    auto story = [&]() -> sys::Task<void> {
      Pinger pinger(recovery.world.clock, connector, primary);
      TimePoint started = recovery.world.clock.now();
      answer = co_await pinger.ping(started + 2s);
      took = recovery.world.clock.now() - started;
    };
    sys::start_detached(story());
    recovery.pass(60s);
    return answer;
  }
  void lock() {
    auto story = [&]() -> sys::Task<void> {
      mysql::Endpoint endpoint{primary.ip, primary.port};
      mysql::Credentials who{primary.user, primary.password};
      TimePoint deadline = recovery.world.clock.now() + 1s;
      auto session = co_await connector.connect(endpoint, who, deadline);
      other = std::move(*session);
      std::string take = "SELECT GET_LOCK('MHA_Master_High_Availability_Monitor', 0)";
      auto locked = co_await other->query(take, deadline);
      EXPECT_TRUE(locked);
    };
    sys::start_detached(story());
    recovery.pass(1s);
  }

  sim::Recovery recovery{sim::plain_scenario(2)};
  sim::SimConnector connector{recovery.world, 0};
  config::ServerConfig primary = recovery.cluster.servers[0];
  std::unique_ptr<mysql::Session> other;
  Duration took{};
};

TEST_F(PingTest, waits_for_the_monitor_lock_for_four_intervals) {
  lock();
  auto pong = first_ping(config::PingType::select);
  ASSERT_TRUE(pong);
  EXPECT_TRUE(pong->lock_held_elsewhere);
  EXPECT_GE(took, 8s);
  EXPECT_LT(took, 9s);
}

TEST_F(PingTest, of_type_connect_does_not_wait) {
  lock();
  auto pong = first_ping(config::PingType::connect);
  ASSERT_TRUE(pong);
  EXPECT_TRUE(pong->lock_held_elsewhere);
  EXPECT_LT(took, 1s);
}

TEST_F(PingTest, a_free_lock_is_taken_at_once) {
  auto pong = first_ping(config::PingType::select);
  ASSERT_TRUE(pong);
  EXPECT_FALSE(pong->lock_held_elsewhere);
  EXPECT_LT(took, 1s);
}

}  // namespace
}  // namespace tanist::manager

// What the tests of a switch in the simulated world do or ask alike.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "sim/recovery.h"

namespace tanist::execute {

// Sound servers of that version, an address that master_ip_online_change_script moves.
inline sim::Scenario switchable(int servers, const char* version = "10.11.6-MariaDB-log", bool gtid = false) {
  auto scenario = sim::plain_scenario(servers);
  scenario.ip_hook = false;
  scenario.online_hook = true;
  scenario.version = version;
  scenario.gtid = gtid;
  return scenario;
}

// One transaction a millisecond, at whoever takes writes; each is acknowledged at once.
class Clients {
 public:
  explicit Clients(sim::Recovery& recovery) : recovery_(recovery) { tick(recovery_, going_); }
  ~Clients() { *going_ = false; }
  void stop() {
    *going_ = false;
    recovery_.pass(std::chrono::seconds(2));
  }

 private:
  static void tick(sim::Recovery& recovery, std::shared_ptr<bool> going) {
    for (sim::Server* server : recovery.world.writers()) server->commit(2);
    recovery.world.after(std::chrono::milliseconds(1), [&recovery, going] {
      if (*going) tick(recovery, going);
    });
  }

  sim::Recovery& recovery_;
  std::shared_ptr<bool> going_ = std::make_shared<bool>(true);
};

// Every acknowledged transaction is there.
inline void expect_all_written(sim::Recovery& recovery, int number) {
  for (const auto& [txn, when] : recovery.world.committed) {
    EXPECT_TRUE(recovery.server(number).has(txn)) << "server" << number << " lacks " << sim::text(txn);
  }
}

inline void expect_follows(sim::Recovery& recovery, int number, int source) {
  SCOPED_TRACE("server" + std::to_string(number));
  const auto& channel = recovery.channel(number);
  EXPECT_EQ(channel.settings.host, "10.0.0." + std::to_string(source));
  EXPECT_EQ(channel.settings.user, sim::kReplUser);
  EXPECT_EQ(channel.receiver, sim::Channel::Receiver::running) << channel.io_error;
  EXPECT_TRUE(channel.applier) << channel.sql_error;
  EXPECT_TRUE(recovery.server(number).read_only);
}

// As if nothing had been done: server1 takes writes at the clients' address, server2 follows it.
inline void expect_as_before(sim::Recovery& recovery) {
  EXPECT_TRUE(recovery.server(1).takes_writes());
  EXPECT_FALSE(recovery.server(1).super_read_only);
  EXPECT_EQ(recovery.world.address_on, std::set<int>{1});
  for (size_t number = 2; number <= recovery.world.servers.size(); ++number) {
    expect_follows(recovery, static_cast<int>(number), 1);
    expect_all_written(recovery, static_cast<int>(number));
  }
  for (const std::string& violation : recovery.world.violations) ADD_FAILURE() << violation;
}

}  // namespace tanist::execute

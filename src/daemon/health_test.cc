#include "daemon/health.h"

#include <gmock/gmock.h>

namespace tanist::daemon {
namespace {

using namespace std::chrono_literals;
using topology::Member;
using topology::Role;

const TimePoint kNow{1000s};

Member member(const char* host, Role role, bool read_only) {
  Member made;
  made.facts.id = ServerId{host};
  made.facts.hostname = host;
  made.role = role;
  made.last.at = kNow - 1s;
  topology::ServerState state;
  state.read_only = read_only;
  if (role == Role::replica) {
    topology::ReplicaStatus replica;
    replica.receiver = topology::ReceiverState::running;
    replica.applier_running = true;
    replica.seconds_behind = 3;
    state.channels.push_back(replica);
  }
  made.last.seen = state;
  return made;
}

KeeperView sound() {
  KeeperView view;
  view.state = KeeperState::watching;
  view.last_look.emplace();
  view.last_look->taken = kNow - 1s;
  view.last_look->primary = ServerId{"db1"};
  view.last_look->members = {member("db1", Role::primary, false), member("db2", Role::replica, true)};
  return view;
}

topology::ServerState& state_of(KeeperView& view, size_t index) {
  return std::get<topology::ServerState>(view.last_look->members[index].last.seen);
}

bool primary(const KeeperView& view, const char* host) { return health_as_primary(view, host, std::nullopt, kNow).good; }
bool replica(const KeeperView& view, const char* host, std::optional<Duration> lag = std::nullopt) {
  return health_as_replica(view, host, std::nullopt, lag, kNow).good;
}

TEST(Health, is_good_for_whom_it_should) {
  const KeeperView view = sound();
  EXPECT_TRUE(primary(view, "db1"));
  EXPECT_FALSE(primary(view, "db2"));
  EXPECT_FALSE(primary(view, "db9"));
  EXPECT_TRUE(replica(view, "db2"));
  EXPECT_FALSE(replica(view, "db1"));
  EXPECT_TRUE(replica(view, "DB2", 3s));
  EXPECT_FALSE(replica(view, "db2", 2s));
  EXPECT_TRUE(health_as_primary(view, "db1", 3306, kNow).good);
  EXPECT_FALSE(health_as_primary(view, "db1", 3307, kNow).good);
}

TEST(Health, sends_no_writer_anywhere_while_the_primary_is_replaced_and_readers_on) {
  KeeperView view = sound();
  view.state = KeeperState::recovering;
  EXPECT_FALSE(primary(view, "db1"));
  EXPECT_FALSE(primary(view, "db2"));
  EXPECT_TRUE(replica(view, "db2"));
}

TEST(Health, one_failed_question_cuts_nobody_off) {
  KeeperView view = sound();
  view.state = KeeperState::failing;
  for (Member& one : view.last_look->members) one.last.at = kNow - 10min;  // nobody is looked at meanwhile
  EXPECT_TRUE(primary(view, "db1"));
  EXPECT_TRUE(replica(view, "db2"));
}

TEST(Health, is_bad_without_fresh_facts) {
  EXPECT_FALSE(primary(KeeperView{}, "db1"));
  KeeperView old = sound();
  for (Member& one : old.last_look->members) one.last.at = kNow - 2min;
  EXPECT_FALSE(primary(old, "db1"));
  EXPECT_FALSE(replica(old, "db2"));
  KeeperView stopped = sound();
  stopped.state = KeeperState::stopped;
  EXPECT_FALSE(primary(stopped, "db1"));
}

TEST(Health, is_bad_for_the_broken) {
  KeeperView view = sound();
  state_of(view, 0).read_only = true;
  EXPECT_FALSE(primary(view, "db1"));
  view.last_look->members[0].last.seen = topology::NoAnswer{};
  EXPECT_FALSE(primary(view, "db1"));
  state_of(view, 1).channels[0].seconds_behind.reset();
  EXPECT_TRUE(replica(view, "db2"));
  EXPECT_FALSE(replica(view, "db2", 1h));
  state_of(view, 1).channels[0].receiver = topology::ReceiverState::connecting;
  EXPECT_FALSE(replica(view, "db2"));
  state_of(view, 1).channels[0].receiver = topology::ReceiverState::running;
  state_of(view, 1).channels[0].applier_running = false;
  EXPECT_FALSE(replica(view, "db2"));
}

}  // namespace
}  // namespace tanist::daemon

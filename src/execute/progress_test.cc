#include "execute/progress.h"

#include <gtest/gtest.h>

#include "testlib/topo.h"

namespace tanist::execute {
namespace {

using testlib::topo;

topology::ServerState replica_at(const char* place, const char* executed_gtids) {
  auto snapshot = topo(std::string("[gtid] db1(dead) -> db2(") + place + ")");
  topology::ServerState state = *snapshot.find(ServerId("db2"))->state();
  state.executed_gtids = executed_gtids;
  return state;
}

constexpr const char* kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
std::string gtids(const char* interval) { return std::string(kUuid) + ":" + interval; }

TEST(Progress, without_a_place_only_gtids_tell) {
  const Goal goal{{}, gtids("1-20"), true};
  EXPECT_FALSE(has_received(replica_at("received:90", gtids("1-19").c_str()), goal));
  EXPECT_FALSE(has_applied(replica_at("received:90", gtids("1-19").c_str()), goal));
  EXPECT_TRUE(has_received(replica_at("received:90", gtids("1-20").c_str()), goal));
  EXPECT_TRUE(has_applied(replica_at("received:90", gtids("1-20").c_str()), goal));
}

TEST(Progress, a_place_is_reached_or_passed) {
  const Goal goal{testlib::log_position("80"), "", true};
  EXPECT_FALSE(has_received(replica_at("received:79", ""), goal));
  EXPECT_TRUE(has_received(replica_at("received:90 executed:70", ""), goal));
  EXPECT_FALSE(has_applied(replica_at("received:90 executed:70", ""), goal));
  EXPECT_TRUE(has_applied(replica_at("received:90 executed:80", ""), goal));
}

TEST(Progress, damaged_relay_logs_are_no_goal_for_who_has_applied_more) {
  plan::Plan plan;
  plan.latest = {ServerId("db2")};
  plan.latest_received = testlib::log_position("100");
  plan::RelayReach reach{ServerId("db2"), {}, testlib::log_position("80"), "", ""};
  EXPECT_EQ(goal_of(plan, {}, {reach}, nullptr).end, reach.end);  // half a transaction follows
  reach.damage = "relay-bin.000002 at offset 1234: torn";
  EXPECT_EQ(goal_of(plan, {}, {reach}, nullptr).end, plan.latest_received);
  plan.latest_received = reach.end;
  EXPECT_EQ(goal_of(plan, {}, {reach}, nullptr).end, reach.end);
}

}  // namespace
}  // namespace tanist::execute

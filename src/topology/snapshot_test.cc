#include "topology/snapshot.h"

#include <gmock/gmock.h>

#include "testlib/topo.h"

namespace tanist::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testlib::cluster;
using testlib::topo;

// "db1 primary, db2 replica"
std::string roles(const Snapshot& snapshot) {
  std::string text;
  for (const Member& member : snapshot.members)
    text += (text.empty() ? "" : ", ") + member.facts.id.text + " " + std::string(to_string(member.role));
  return text;
}

std::string primary(const Snapshot& snapshot) { return snapshot.primary ? snapshot.primary->text : "none"; }

struct Known {
  const char* topology;
  const char* primary;
  const char* roles;
  const char* problem;  // part of it; empty: there is none
};

class Topologies : public testing::TestWithParam<Known> {};

TEST_P(Topologies, are_understood_as_the_reference_says) {
  Snapshot snapshot = topo(GetParam().topology);
  EXPECT_EQ(primary(snapshot), GetParam().primary);
  EXPECT_EQ(roles(snapshot), GetParam().roles);
  if (std::string(GetParam().problem).empty())
    EXPECT_THAT(snapshot.problems, ElementsAre());
  else
    EXPECT_THAT(snapshot.problems, Contains(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Snapshot, Topologies,
    testing::Values(
        Known{"db1 -> db2, db3", "db1", "db1 primary, db2 replica, db3 replica", ""},
        Known{"db1(read_only) -> db2", "db1", "db1 primary, db2 replica", ""},
        Known{"db1(dead) -> db2, db3", "db1", "db1 dead, db2 replica, db3 replica", ""},
        Known{"db1(busy) -> db2", "db1", "db1 refusing, db2 replica", ""},
        Known{"db1 -> db2, db3(dead), db4(denied)", "db1", "db1 primary, db2 replica, db3 dead, db4 refusing",
              ""},
        Known{"db1 -> db2(applier_error:1062), db3(applier_stopped)", "db1",
              "db1 primary, db2 failed replica, db3 replica", ""},
        // dual primary: the read-only one is an ordinary replica
        Known{"db1 -> db2, db3; db2 -> db1(writable)", "db1", "db1 primary, db2 replica, db3 replica", ""},
        Known{"db1(writable) -> db2(writable); db2 -> db1", "none", "db1 stray, db2 stray",
              "look like the primary"},
        Known{"db1(dead) -> db2, db3; db2 -> db1", "db1", "db1 dead, db2 replica, db3 replica", ""},
        // tiers
        Known{"db1 -> db2; db2 -> db3(multi_tier)", "db1", "db1 primary, db2 replica, db3 unmanaged", ""},
        Known{"db1 -> db2; db2 -> db3(multi_tier applier_error:1062)", "db1",
              "db1 primary, db2 replica, db3 unmanaged", ""},
        Known{"db1 -> db2; db2 -> db3", "db1", "db1 primary, db2 replica, db3 stray",
              "set multi_tier_slave=1"},
        Known{"db1 -> db2(writable); db2 -> db3(multi_tier)", "db1",
              "db1 primary, db2 replica, db3 unmanaged", "look like the primary"},
        Known{"db1 -> db2(dead), db3; db2 -> db4(multi_tier)", "db1", "db1 primary, db2 dead, db3 replica, db4 unmanaged",
              "or give its replicas another source"},
        Known{"db1(dead) -> db2(dead); db2 -> db3(multi_tier)", "db2", "db1 dead, db2 dead, db3 replica", ""},
        Known{"db1(read_only) -> db2; db2 -> db1; db3 -> db4(multi_tier); db1 -> db3", "none",
              "db1 stray, db2 stray, db3 stray, db4 stray", "none of them is writable or dead"},
        // what has no place
        Known{"db1 -> db2, db3(multi_source)", "db1", "db1 primary, db2 replica, db3 stray",
              "replicates from 2 sources"},
        Known{"db1 -> db2; db3(foreign:db9)", "db1", "db1 primary, db2 replica, db3 stray",
              "db9:3306, which no section of the configuration names"},
        Known{"db1 -> db2; db3", "db1", "db1 primary, db2 replica, db3 stray",
              "is alive but is not a replica"},
        Known{"db1(dead) -> db2; db3", "db1", "db1 dead, db2 replica, db3 stray",
              "is alive but is not a replica"},
        // nobody replicates
        Known{"db1 -> db2(dead)", "db1", "db1 primary, db2 dead", "no live replica"},
        Known{"db1(dead) -> db2(dead)", "db1", "db1 dead, db2 dead", "no live replica"},
        Known{"db1; db2", "db1", "db1 primary, db2 stray", "no live replica"}));

TEST(Snapshot, a_named_channel_is_reported_and_not_managed) {
  auto servers = cluster("db1 -> db2, db3");
  servers.state("db3").channels[0].channel = "from_db1";
  Snapshot snapshot = servers.snapshot();
  EXPECT_EQ(snapshot.find(ServerId("db3"))->role, Role::stray);
  EXPECT_THAT(snapshot.problems, ElementsAre(HasSubstr("channel named 'from_db1'")));
}

TEST(Snapshot, keeps_the_latest_look_at_each_server) {
  auto servers = cluster("db1 -> db2, db3(dead)");
  auto stale = servers.seen("db3");
  stale.at -= std::chrono::seconds(9);
  stale.seen = ServerState{};
  servers.observations.push_back(stale);
  EXPECT_EQ(servers.snapshot().find(ServerId("db3"))->role, Role::dead);
}

TEST(Snapshot, a_server_nobody_looked_at_is_dead) {
  auto servers = cluster("db1 -> db2, db3");
  servers.observations.pop_back();
  EXPECT_EQ(roles(servers.snapshot()), "db1 primary, db2 replica, db3 dead");
}

TEST(Snapshot, finds_the_source_by_name_in_any_case_by_address_and_by_resolved_address) {
  auto servers = cluster("db1 -> db2, db3, db4");
  servers.state("db2").channels[0].source_host = "DB1";
  servers.state("db3").channels[0].source_host = "10.0.0.1";
  servers.state("db4").channels[0].source_host = "alias";
  servers.state("db4").channels[0].source_ip = "10.0.0.1";
  EXPECT_EQ(roles(servers.snapshot()), "db1 primary, db2 replica, db3 replica, db4 replica");
}

TEST(Snapshot, servers_on_one_host_are_told_apart_by_port) {
  Snapshot snapshot = topo("a(ip:10.1.1.1) -> b(ip:10.1.1.1 port:3307), c; b -> d(multi_tier)");
  EXPECT_EQ(roles(snapshot), "a primary, b replica, c replica, d unmanaged");
}

TEST(Snapshot, problems_of_the_cluster_are_apart_from_those_of_one_server) {
  EXPECT_THAT(topo("db1 -> db2; db3").cluster_problems(), ElementsAre());
  EXPECT_THAT(topo("db1; db2").cluster_problems(), ElementsAre(HasSubstr("no live replica")));
  EXPECT_THAT(topo("db1; db2(dead)").cluster_problems(), ElementsAre(HasSubstr("; db2(10.0.0.2:3306) does not tell: ")));
}

TEST(Picture, shows_strangers_below_the_primary) {
  Snapshot snapshot = topo("db1 -> db2");
  snapshot.strangers = {{9, {"db9"}, 3307}};
  EXPECT_THAT(picture(snapshot), testing::EndsWith("\n +--db9:3307 (server_id 9)  replica that no section names\n"));
}

TEST(Snapshot, can_be_supposed_to_lose_servers) {
  const Snapshot lost = without(topo("db1 -> db2, db3"), {ServerId("db1"), ServerId("db3")});
  EXPECT_EQ(roles(lost), "db1 dead, db2 replica, db3 dead");
  EXPECT_EQ(lost.primary, ServerId("db1"));
}

TEST(MhaGtidMode, follows_the_reference) {
  EXPECT_EQ(mha_gtid_mode(topo("db1 -> db2")), 0);
  EXPECT_EQ(mha_gtid_mode(topo("[gtid] db1 -> db2")), 1);
  EXPECT_EQ(mha_gtid_mode(topo("[gtid] db1(dead) -> db2, db3")), 1);
  EXPECT_EQ(mha_gtid_mode(topo("[gtid] db1 -> db2(by_position), db3(by_position no_auto_pos)")), 1);
  EXPECT_EQ(mha_gtid_mode(topo("[gtid] db1 -> db2(by_position no_auto_pos)")), 2);
  EXPECT_EQ(mha_gtid_mode(topo("[gtid] db1 -> db2, db3(gtid_mode:ON_PERMISSIVE)")), 0);
  EXPECT_EQ(mha_gtid_mode(topo("[mariadb gtid] db1 -> db2")), 0);
  EXPECT_EQ(mha_gtid_mode(topo("[gtid] db1 -> db2(dead)")), 0);
  auto fresh = cluster("[gtid] db1 -> db2, db3");
  fresh.state("db3").executed_gtids.clear();
  EXPECT_EQ(mha_gtid_mode(fresh.snapshot()), 0);
}

TEST(Picture, is_a_tree_with_roles_and_positions) {
  EXPECT_EQ(picture(topo("db1(dead) -> db2(received:90 executed:40 label:site-a), db3(writable delay:60); "
                         "db2 -> db4(multi_tier); db5(busy)")),
            "db1(10.0.0.1:3306) (current primary)  dead (timeout)\n"
            " +--db2(10.0.0.2:3306) (site-a)  received mysql-bin.000001:90, applied mysql-bin.000001:40\n"
            "     +--db4(10.0.0.4:3306)  unmanaged, received and applied mysql-bin.000001:100\n"
            " +--db3(10.0.0.3:3306)  received and applied mysql-bin.000001:100, delayed 60 s, writable\n"
            "db5(10.0.0.5:3306)  refusing (an error packet)\n");
  EXPECT_EQ(picture(topo("db1 -> db2; db2 -> db1(writable)")),
            "db1(10.0.0.1:3306) (current primary)  primary, log ends at mysql-bin.000001:100\n"
            " +--db2(10.0.0.2:3306)  received and applied mysql-bin.000001:100\n");
  EXPECT_THAT(picture(topo("db1 -> db2"), "current master"), testing::StartsWith("db1(10.0.0.1:3306) (current master)  "));
}

TEST(Lists, name_everybody_once_for_the_log) {
  EXPECT_EQ(lists(topo("db1(dead) -> db2, db3(applier_error:1062 no_log_bin)")),
            (std::vector<std::string>{"Dead Servers:\n  db1(10.0.0.1:3306)",
                                      "Alive Servers:\n  db2(10.0.0.2:3306)\n  db3(10.0.0.3:3306)",
                                      "Alive Slaves:\n  db2(10.0.0.2:3306)  Version=8.0.36 log-bin:enabled",
                                      "Failed Slaves:\n  db3(10.0.0.3:3306)  Version=8.0.36 log-bin:disabled"}));
  // Scripts look for the first three headlines whatever there is to list.
  EXPECT_EQ(lists(topo("db1")), (std::vector<std::string>{"Dead Servers:", "Alive Servers:\n  db1(10.0.0.1:3306)",
                                                          "Alive Slaves:"}));
}

TEST(MovedOn, needs_something_new_from_the_same_source_by_a_running_receiver) {
  auto before = cluster("db1 -> db2").state("db2").channels[0];
  EXPECT_FALSE(moved_on(before, before));
  auto after = before;
  after.heartbeats = 4;
  EXPECT_TRUE(moved_on(before, after));
  after = before;
  after.received.pos += 1;
  EXPECT_TRUE(moved_on(before, after));
  after.source_port = 3310;
  EXPECT_FALSE(moved_on(before, after));
  after = before;
  after.received.pos += 1;
  after.receiver = ReceiverState::connecting;
  EXPECT_FALSE(moved_on(before, after));
}

}  // namespace
}  // namespace tanist::topology

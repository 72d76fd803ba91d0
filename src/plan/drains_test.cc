#include "plan/drains.h"

#include <gtest/gtest.h>

#include <set>

#include "plan/plan_cases.h"

namespace tanist::plan {
namespace {

using testlib::topo;

struct Situation {
  const char* story;
  const char* topology;  // db3 is the one that is drained
  DeadHost host;
  std::vector<RelayReach> reach;
  const char* rule;
  Policy policy = replace_db1();
};

DeadHost with(DeadHost host, void (*change)(DeadHost&)) {
  change(host);
  return host;
}

Policy policy_with(void (*change)(Policy&)) {
  Policy policy = replace_db1();
  change(policy);
  return policy;
}

RelayReach broken(const char* replica) {
  RelayReach found = reach(replica, "4", "4");
  found.problem = "no ssh";
  return found;
}

const std::vector<Situation>& situations() {
  constexpr const char* kBehind = "db1(dead) -> db2, db3(received:90 executed:50)";
  constexpr const char* kGtid = "[gtid] db1(dead) -> db2(purged:50), db3(received:90)";
  static const std::vector<Situation> all = {
      {"it has everything", "db1(dead) -> db2, db3", gone(), {}, "G10"},
      {"it has all of the dead primary's log", "db1(dead) -> db2, db3", readable("100"), {}, "G10"},
      {"the dead host has more than anybody", "db1(dead) -> db2, db3", readable("120"), {}, "G20"},
      {"before the fence: hope",
       kBehind,
       with(DeadHost{}, [](DeadHost& h) { h.ssh_reachable = true; }),
       {},
       "G20"},
      {"the fence is not proven",
       kBehind,
       with(readable("120"), [](DeadHost& h) { h.fence_proven = false; }),
       {reach("db2", "4", "100")},
       "G30"},
      {"the host was powered off",
       kBehind,
       with(readable("120"), [](DeadHost& h) { h.powered_off = true; }),
       {reach("db2", "4", "100")},
       "G30"},
      {"its log is encrypted",
       kBehind,
       with(readable("120"),
            [](DeadHost& h) {
              h.log_end.reset();
              h.log_problem = "encrypted";
            }),
       {reach("db2", "4", "100")},
       "G30"},
      {"its log is damaged at the end only",
       kBehind,
       with(readable("110"), [](DeadHost& h) { h.log_problem = "damaged"; }),
       {},
       "G20"},
      {"the tail is not wanted",
       kBehind,
       readable("120"),
       {reach("db2", "4", "100")},
       "G30",
       policy_with([](Policy& p) { p.skip_save_master_binlog = true; })},
      {"relay logs reach back to its executed position", kBehind, gone(), {reach("db2", "50", "100")}, "G30"},
      {"they reach back to its received position only", kBehind, gone(), {reach("db2", "51", "100")}, "G35"},
      {"it is delayed and holds events",
       "db1(dead) -> db2, db3(received:90 executed:50 delay:60)",
       gone(),
       {reach("db2", "4", "100")},
       "G35"},
      {"it is delayed and has applied all",
       "db1(dead) -> db2, db3(received:90 delay:60)",
       gone(),
       {reach("db2", "4", "100")},
       "G30"},
      {"the first of two latest cannot serve",
       "db1(dead) -> db2, db4, db3(received:90)",
       gone(),
       {broken("db2"), reach("db4", "4", "100")},
       "G30"},
      {"not asked yet: hope", kBehind, gone(), {}, "G30"},
      {"GTID, and the relay logs are of no use", kGtid, gone(), {broken("db2")}, "G40"},
      {"GTID, but purged",
       "[gtid] db1(dead) -> db2(purged:95), db3(received:90)",
       gone(),
       {broken("db2")},
       "G90"},
      {"GTID, but the best does not log what it applies",
       "[gtid] db1(dead) -> db2(no_log_updates), db3(received:90)",
       gone(),
       {broken("db2")},
       "G90"},
      {"MariaDB by GTID",
       "[mariadb gtid] db1(dead) -> db2, db3(received:90)",
       gone(),
       {broken("db2")},
       "G40"},
      {"GTID, but the best applies late on purpose",
       "[gtid] db1(dead) -> db2(delay:60 executed:95), db3(received:90)",
       gone(),
       {broken("db2")},
       "G90"},
      {"MariaDB by position", "[mariadb] db1(dead) -> db2, db3(received:90)", gone(), {broken("db2")}, "G90"},
      {"relay logs begin too late", kBehind, gone(), {reach("db2", "95", "100")}, "G90"},
      {"no stand-in wanted", kBehind, readable("120"), {}, "G90", policy_with([](Policy& p) {
         p.standin = false;
       })},
  };
  return all;
}

Drain drained(const Situation& situation) {
  static Snapshot snapshot;
  snapshot = topo(situation.topology);
  auto replicas = managed(snapshot);
  auto sources =
      find_sources(situation.policy, situation.host, situation.reach, rank(replicas).latest_members);
  return drain_of(*snapshot.find(ServerId("db3")), sources);
}

TEST(Drains, come_from_the_best_place_that_has_it) {
  for (const Situation& situation : situations()) {
    Drain drain = drained(situation);
    EXPECT_EQ(drain.rule, situation.rule) << situation.story << " " << drain.why;
    EXPECT_EQ(drain.impossible, drain.rule == "G90");
    EXPECT_EQ(drain.why.empty(), !drain.impossible);
  }
}

TEST(Drains, every_row_has_a_situation) {
  std::set<std::string> reached;
  for (const Situation& situation : situations()) reached.insert(drained(situation).rule);
  for (const RuleRow& row : drain_rules()) EXPECT_TRUE(reached.count(std::string(row.id))) << row.id;
}

}  // namespace
}  // namespace tanist::plan

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

DeadHost begins(const char* end, const char* first) {
  DeadHost host = readable(end);
  host.log_first = testlib::log_position(first);
  return host;
}

DeadHost copied(std::vector<LogCopy> copies) {
  DeadHost host = gone();
  host.copies = std::move(copies);
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
      {"the file it reads is gone from the dead host, and relay logs end too early",
       "db1(dead) -> db2(received:2.100), db3(received:90)",
       begins("2.120", "2.4"),
       {reach("db2", "4", "2.100")},
       "G90"},
      {"the same, but what it lacks is in another replica's log by GTID",
       "[gtid] db1(dead) -> db2(received:2.100), db3(received:90)",
       begins("2.120", "2.4"),
       {},
       "G40"},
      {"the oldest file that is left is the one it reads",
       "db1(dead) -> db2(received:2.100), db3(received:2.90)",
       begins("2.120", "2.4"),
       {},
       "G20"},
      {"the dead host lost its end, which a replica has received",
       kBehind,
       readable("80"),
       {reach("db2", "4", "100")},
       "G30"},
      {"the same, and the relay logs of that one do not say what it holds",
       "db1(dead) -> db2, db3(received:90)",
       readable("80"),
       {broken("db2")},
       "G90"},
      {"the dead host lost its end and then its server began a new file",
       kBehind,
       with(begins("2.120", "4"), [](DeadHost& h) { h.log_ends = {{"mysql-bin.000001", 80}, *h.log_end}; }),
       {reach("db2", "4", "100")},
       "G30"},
      {"only half a transaction was received behind its end",
       "db1(dead) -> db2(executed:80), db3(received:70)",
       readable("80"),
       {reach("db2", "4", "80")},
       "G20"},
      {"the dead host lost its end, which only a replica with a failed applier has received",
       "db1(dead) -> db2, db3; db1 -> db4(received:140 executed:90 applier_error:1062 ignore_fail)",
       readable("120"),
       {reach("db4", "4", "140")},
       "G30"},
      {"the same, but its relay logs begin too late for somebody: the dead host serves",
       "db1(dead) -> db2, db3(received:70); db1 -> db4(received:140 executed:90 applier_error:1062 ignore_fail)",
       readable("120"),
       {reach("db4", "80", "140")},
       "G20"},
      {"only a replica with a failed applier has received the end",
       "db1(dead) -> db2, db3; db1 -> db4(received:140 executed:90 applier_error:1062 ignore_fail)",
       gone(),
       {reach("db2", "4", "100"), reach("db4", "4", "140")},
       "G30"},
      {"the same, but its relay logs begin too late for somebody",
       "db1(dead) -> db2, db3(received:90), db5(received:80); db1 -> db4(received:140 executed:70 "
       "applier_error:1062 ignore_fail)",
       gone(),
       {reach("db2", "4", "100"), reach("db4", "95", "140")},
       "G30"},
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
       with(readable("120"), [](DeadHost& h) { h.fence_proven = h.server_gone = false; }),
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
      {"a binary log server has more than any replica",
       kBehind,
       copied({copy_on("binlog1", "4", "120")}),
       {reach("db2", "4", "100")},
       "G25"},
      {"the same, for one that is delayed and holds events",
       "db1(dead) -> db2, db3(received:90 executed:50 delay:60)",
       copied({copy_on("binlog1", "4", "120")}),
       {reach("db2", "4", "100")},
       "G27"},
      {"it has as much, and relay logs reach back far enough",
       kBehind,
       copied({copy_on("binlog1", "4", "100")}),
       {reach("db2", "4", "100")},
       "G30"},
      {"it has as much, and relay logs do not reach back",
       kBehind,
       copied({copy_on("binlog1", "4", "100")}),
       {reach("db2", "95", "100")},
       "G25"},
      {"it has less than a replica",
       kBehind,
       copied({copy_on("binlog1", "4", "99")}),
       {reach("db2", "4", "100")},
       "G30"},
      {"it has more, but not the file that is read",
       "db1(dead) -> db2(received:2.100), db3(received:90)",
       copied({copy_on("binlog1", "2.4", "2.120")}),
       {reach("db2", "4", "2.100")},
       "G90"},
      {"the dead host's own log is better than a copy",
       kBehind,
       with(readable("120"), [](DeadHost& h) { h.copies = {copy_on("binlog1", "4", "120")}; }),
       {},
       "G20"},
      {"a copy may serve, but no stand-in is wanted",
       kBehind,
       copied({copy_on("binlog1", "4", "120")}),
       {},
       "G90",
       policy_with([](Policy& p) { p.standin = false; })},
      {"no stand-in wanted", kBehind, readable("120"), {}, "G90", policy_with([](Policy& p) {
         p.standin = false;
       })},
  };
  return all;
}

Drain drained(const Situation& situation) {
  static Snapshot snapshot;
  snapshot = topo(situation.topology);
  auto sources = find_sources(situation.policy, situation.host, situation.reach, snapshot);
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

TEST(Drains, come_from_the_copy_that_has_most_and_is_the_dead_primarys) {
  auto cluster = testlib::cluster("db1(dead) -> db2, db3(received:90)");
  cluster.state("db3").channels.front().source_server_id = 1;
  const Snapshot snapshot = cluster.snapshot();
  auto copies = {copy_on("binlog1", "4", "110"), copy_on("binlog2", "4", "120"), copy_on("binlog3", "4", "130")};
  DeadHost host = copied(copies);
  host.copies[1].problem = "at offset 120: torn";
  host.copies[2].server_id = 7;  // files of an earlier primary with the same names
  Plan plan = planned(plan_failover(snapshot, replace_db1(), host, {}));
  EXPECT_EQ(brief(plan),
            "start_standin binlog2, drain db2, drain db3, wait_applied db2, stop_replication db2, enable_writes db2, "
            "wait_applied db3, repoint db3, stop_standin binlog2, reset_replica db2, unlock_replicas");
  std::string told;
  for (const std::string& warning : plan.warnings) told += warning + "\n";
  EXPECT_NE(told.find("behind mysql-bin.000001:120, where the copy on binlog2 ends, and sent to nobody is lost"),
            std::string::npos) << told;
  EXPECT_NE(told.find("The copy of the log on binlog3 is no source: its files are those of a server with server_id 7, not 1."),
            std::string::npos) << told;
  EXPECT_NE(told.find("The copy of the log on binlog2 is read up to mysql-bin.000001:120 only: at offset 120: torn."),
            std::string::npos) << told;
}

TEST(Drains, every_row_has_a_situation) {
  std::set<std::string> reached;
  for (const Situation& situation : situations()) reached.insert(drained(situation).rule);
  for (const RuleRow& row : drain_rules()) EXPECT_TRUE(reached.count(std::string(row.id))) << row.id;
}

}  // namespace
}  // namespace tanist::plan

// Every row of the F, C, P and G tables, by the situation that reaches it.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "plan/plan_cases.h"

namespace tanist::plan {
namespace {

using testing::HasSubstr;
using testlib::topo;

struct Refused {
  const char* rule;
  const char* topology;
  const char* what;         // part of the sentence
  const char* to_override;  // part of it
  std::function<void(Policy&)> also = [](Policy&) {};
};

std::function<void(Policy&)> forced(const char* host, uint16_t port = 3306) {
  return [=](Policy& policy) {
    policy.forced_host = host;
    policy.forced_port = port;
  };
}

const std::vector<Refused>& refused() {
  static const std::vector<Refused> all = {
      {"F10", "db1(dead) -> db2(dead)", "no live replica", ""},
      {"F10", "db1(dead) -> db2(writable); db2 -> db3(multi_tier)", "look like the primary", ""},
      {"F15", "db9(dead) -> db2", "no server db1 in the configuration", ""},
      {"F15", "db9(dead) -> db2, db1(dead)", "the primary of this cluster is db9(10.0.0.1:3306), not db1",
       ""},
      {"F20", "db1 -> db2", "db1(10.0.0.1:3306) is alive: to replace a live primary, switch over", ""},
      {"F22", "db1(busy) -> db2(connecting)", "it answers with error 1040 (Too many connections)", ""},
      {"F25", "db1(dead) -> db2(age:31)", "db2(10.0.0.2:3306) is 31 s old", ""},
      {"F30", "db1(dead) -> db2; db3", "db3(10.0.0.3:3306) is alive but is not a replica",
       "ignore_fail=1 in [db3]"},
      {"F30", "db1(dead) -> db2, db3(multi_source)", "replicates from 2 sources", "ignore_fail=1 in [db3]"},
      {"F35", "db1(dead) -> db2, db3(denied)", "error 1045", "ignore_fail=1 in [db3]"},
      {"F40", "db1(dead) -> db2, db3(refused)", "db3(10.0.0.3:3306) is dead too", "ignore_fail=1 in [db3]"},
      {"F40", "db1(dead) -> db2, db3(dead ignore_fail), db4(dead)", "db4", "ignore_fail=1 in [db4]"},
      {"F45", "db1(dead) -> db2, db3(applier_error:1062)", "stopped with error 1062 (Duplicate entry)",
       "ignore_fail=1 in [db3]"},
      {"F48", "db1(dead) -> db2(applier_error:1062 ignore_fail)", "no replica is left", ""},
      {"F50", "db1(dead) -> db2, db3(filter:shop)",
       "Replicate_Do_DB is nothing on db2(10.0.0.2:3306) and \"shop\"", "check_repl_filter=0"},
      {"F60", "db1(dead) -> db2", "db7:3306 is no live replica", "", forced("db7")},
      {"F60", "db1(dead) -> db2", "db2:3307 is no live replica", "", forced("db2", 3307)},
      {"F60", "db1(dead) -> db2, db3(dead ignore_fail)", "it is dead", "", forced("db3")},
      {"F60", "db1(dead) -> db2; db2 -> db3(multi_tier)", "it is unmanaged", "", forced("db3")},
      {"F65", "db1(dead) -> db2, db3(no_master)", "DB3:3306 may not be promoted (C10): no_master=1",
       "no_master=0 in [db3]", forced("DB3")},
      {"F65", "db1(dead) -> db2(received:2.4), db3", "another log file before", "check_repl_delay=0 in [db2]",
       forced("10.0.0.3")},
      {"F65", "db1(dead) -> db2, db3(delay:60)", "applies 60 s late on purpose",
       "a replication delay of 0 on db3", forced("db3")},
      {"F70", "db1(dead) -> db2(no_master), db3(no_log_bin)",
       "no replica may be promoted; db2: no_master=1; db3: it writes no binary log",
       "no_master=0 in [db2], or log_bin"},
  };
  return all;
}

TEST(CheckFailover, refuses_and_names_the_way_out) {
  for (const Refused& situation : refused()) {
    Policy policy = replace_db1();
    situation.also(policy);
    auto refusal = check_failover(topo(situation.topology), policy);
    ASSERT_TRUE(refusal) << situation.rule << " " << situation.topology;
    EXPECT_EQ(refusal->rule, situation.rule) << situation.topology << ": " << refusal->what;
    EXPECT_THAT(refusal->what, HasSubstr(situation.what));
    EXPECT_THAT(refusal->to_override, HasSubstr(situation.to_override));
    auto decision = plan_failover(topo(situation.topology), policy, gone(), {});
    EXPECT_EQ(std::get<Refusal>(decision).rule, situation.rule) << "the plan must refuse alike";
  }
}

TEST(CheckFailover, lets_excused_and_healthy_clusters_pass) {
  for (const char* topology :
       {"db1(dead) -> db2", "db1(refused) -> db2, db3(dead ignore_fail)",
        "db1(dead) -> db2, db3(denied ignore_fail)", "db1(dead) -> db2, db3(applier_error:1062 ignore_fail)",
        "db1(dead) -> db2; db3(ignore_fail)", "db1(dead no_filter_check) -> db2, db3(filter:shop)",
        "db1(dead) -> db2(applier_stopped)", "db1(dead) -> db2, db3; db2 -> db1",
        "db1(dead) -> db2; db2 -> db3(multi_tier)"}) {
    auto refusal = check_failover(topo(topology), replace_db1());
    EXPECT_FALSE(refusal) << topology << ": " << refusal->rule << " " << refusal->what;
  }
}

TEST(PlanFailover, refuses_an_unproven_fence_only_if_policy_says_so) {
  auto snapshot = topo("db1(dead) -> db2");
  Policy policy = replace_db1();
  EXPECT_TRUE(std::holds_alternative<Plan>(plan_failover(snapshot, policy, gone(), {})));
  policy.refuse_unproven_fence = true;
  auto refusal = std::get<Refusal>(plan_failover(snapshot, policy, gone(), {}));
  EXPECT_EQ(refusal.rule, "F80");
  EXPECT_EQ(refusal.to_override, "on_unproven_fence=promote");
  EXPECT_TRUE(std::holds_alternative<Plan>(plan_failover(snapshot, policy, readable("100"), {})));
  EXPECT_TRUE(std::holds_alternative<Plan>(plan_failover(snapshot, policy, DeadHost{}, {})))
      << "may yet be proven";
  DeadHost before;
  before.ssh_reachable = false;
  EXPECT_EQ(std::get<Refusal>(plan_failover(snapshot, policy, before, {})).rule, "F80");
  policy.has_shutdown_script = true;
  EXPECT_TRUE(std::holds_alternative<Plan>(plan_failover(snapshot, policy, before, {})));
  EXPECT_EQ(std::get<Refusal>(plan_failover(snapshot, policy, gone(), {})).rule, "F80")
      << "the script proved nothing";
}

TEST(PlanFailover, refuses_to_leave_a_replica_behind_unasked) {
  auto snapshot = topo("db1(dead) -> db2, db3(received:40)");
  auto refusal =
      std::get<Refusal>(plan_failover(snapshot, replace_db1(), gone(), {reach("db2", "60", "100")}));
  EXPECT_EQ(refusal.rule, "F85");
  EXPECT_EQ(refusal.to_override, "ignore_fail=1 in [db3]");
  EXPECT_THAT(refusal.what, HasSubstr("the relay logs of db2 begin at mysql-bin.000001:60"));
}

TEST(CheckBinlogServers, one_that_can_be_read_is_enough) {
  LogCopy readable = copy_on("binlog1", "4", "100"), silent = copy_on("binlog2", "4", "4");
  silent.end = {};
  silent.problem = "no ssh";
  Policy policy = replace_db1();
  EXPECT_FALSE(check_binlog_servers({}, policy));
  EXPECT_FALSE(check_binlog_servers({silent, readable}, policy));
  auto refusal = check_binlog_servers({silent}, policy);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(text(*refusal), "F52: no binary log server can be read; binlog2: no ssh. To go on nevertheless: "
                            "--ignore_binlog_server_error.");
  policy.ignore_binlog_server_error = true;
  EXPECT_FALSE(check_binlog_servers({silent}, policy));
}

// Topology -> the chosen server's rule and name, then the others' rules.
struct Chosen {
  const char* topology;
  const char* verdicts;
};

const std::vector<Chosen>& chosen() {
  static const std::vector<Chosen> all = {
      {"db1(dead) -> db2(received:90), db3, db4", "P10 db3; db2 P10, db4 P10"},
      {"db1(dead) -> db2(received:90 candidate), db3, db4(candidate)", "P20 db4; db2 P20, db3 P20"},
      {"db1(dead) -> db2(received:90 candidate), db3", "P30 db2; db3 P30"},
      {"db1(dead) -> db2(no_latest_priority), db3(candidate)", "P30 db3; db2 P30"},
      {"db1(dead) -> db2(no_master), db3(received:90), db4", "P40 db4; db2 C10, db3 P40"},
      {"db1(dead) -> db2(received:90), db3(no_latest_priority), db4", "P50 db2; db3 P50, db4 P50"},
      {"db1(dead) -> db2(no_log_bin), db3(received:90)", "P50 db3; db2 C20"},
      {"db1(dead) -> db2(version:8.4.0), db3(version:8.0.36)", "P40 db3; db2 C30"},
      {"db1(dead) -> db2(version:8.0.40), db3(version:8.0.36)", "P10 db2; db3 P10"},
      {"db1(dead) -> db2(received:2.4 executed:1.900 candidate), db3(received:2.4)", "P40 db3; db2 C40"},
      {"db1(dead) -> db2(received:100000100 executed:100), db3(received:100000100 executed:5)",
       "P40 db2; db3 C40"},
      {"db1(dead) -> db2(received:2.4 executed:1.900 no_delay_check candidate), db3(received:2.4)",
       "P20 db2; db3 P20"},
      {"db1(dead) -> db2(received:2.4), db3(received:1.900 no_delay_check candidate)", "P40 db2; db3 C40"},
      {"db1(dead) -> db2(received:1000000.4), db3(received:999999.4)", "P40 db2; db3 C40"},
      {"db1(dead) -> db2(delay:60), db3(received:90)", "P50 db3; db2 C50"},
      {"db1(dead) -> db2, db3(dead ignore_fail), db4(applier_error:1 ignore_fail candidate)",
       "P10 db2; db3 C05, db4 C05"},
      {"[gtid] db1(dead) -> db2(received:2.4 executed:1.9), db3(received:2.4 no_delay_check)",
       "P10 db2; db3 P10"},
  };
  return all;
}

std::string told(const Choice& choice) {
  std::string first = "nobody", others;
  for (const CandidateVerdict& verdict : choice.verdicts) {
    EXPECT_FALSE(verdict.reason.empty());
    if (verdict.chosen)
      first = verdict.rule + " " + verdict.server.text;
    else
      others += (others.empty() ? "" : ", ") + verdict.server.text + " " + verdict.rule;
  }
  return first + "; " + others;
}

std::vector<ServerId> latest_of(const Snapshot& snapshot) {
  std::vector<ServerId> latest;
  LogCoordinates most;
  for (const auto* member : snapshot.with_role(topology::Role::replica)) {
    if (member->replica()->received > most) latest.clear();
    if (member->replica()->received >= most) latest.push_back(member->facts.id);
    most = std::max(most, member->replica()->received);
  }
  return latest;
}

TEST(ChooseNewPrimary, keeps_the_order_of_the_reference) {
  for (const Chosen& situation : chosen()) {
    Snapshot snapshot = topo(situation.topology);
    EXPECT_EQ(told(choose_new_primary(snapshot, latest_of(snapshot), replace_db1(), true)),
              situation.verdicts)
        << situation.topology;
  }
}

TEST(ChooseNewPrimary, without_the_delay_rule_distance_does_not_matter) {
  Snapshot snapshot = topo("db1 -> db2(received:2.4 executed:1.900), db3(received:1.4)");
  EXPECT_EQ(told(choose_new_primary(snapshot, latest_of(snapshot), Policy{}, false)), "P10 db2; db3 P10");
}

TEST(ChooseNewPrimary, a_named_host_wins_if_nothing_speaks_against_it) {
  Snapshot snapshot = topo("db1(dead) -> db2(candidate), db3, db4(no_master)");
  Policy policy = replace_db1();
  policy.forced_host = "db3";
  EXPECT_EQ(told(choose_new_primary(snapshot, latest_of(snapshot), policy, true)),
            "P05 db3; db2 P05, db4 C10");
  policy.forced_host = "db4";
  EXPECT_EQ(choose_new_primary(snapshot, latest_of(snapshot), policy, true).chosen, std::nullopt);
}

template <class Rows>
std::set<std::string> ids(const Rows& rows) {
  std::set<std::string> all;
  for (const RuleRow& row : rows) EXPECT_TRUE(all.insert(std::string(row.id)).second) << row.id << " twice";
  return all;
}

TEST(Rules, every_row_has_a_situation) {
  std::set<std::string> reached = {"F52", "F80", "F82", "F85", "C60",
                                   "P05"};  // in tests of their own, here and in plan_test.cc
  for (const Refused& situation : refused()) reached.insert(situation.rule);
  for (const Chosen& situation : chosen()) {
    Snapshot snapshot = topo(situation.topology);
    for (const auto& verdict :
         choose_new_primary(snapshot, latest_of(snapshot), replace_db1(), true).verdicts)
      reached.insert(verdict.rule);
  }
  for (const std::string& id : ids(failover_rules())) EXPECT_TRUE(reached.count(id)) << id;
  for (const std::string& id : ids(candidate_rules())) EXPECT_TRUE(reached.count(id)) << id;
}

}  // namespace
}  // namespace tanist::plan

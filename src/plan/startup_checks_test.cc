#include "plan/startup_checks.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "testlib/topo.h"

namespace tanist::plan {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testlib::cluster;

struct Situation {
  const char* topology;
  const char* row;  // the only finding that is looked at
  Severity severity;
  const char* sentence;  // part of it
  CheckPolicy policy = {};
  std::function<void(testlib::TopoCluster&)> also = [](testlib::TopoCluster&) {};
};

const std::vector<Situation>& situations() {
  constexpr Severity F = Severity::fatal, W = Severity::warning, I = Severity::info;
  const CheckPolicy check_repl{false, 30};
  static const std::vector<Situation> all = {
      {"db1 -> db2, db3(denied)", "S04", F,
       "db3(10.0.0.3:3306) is alive but refuses us: error 1045 (Access denied)"},
      {"db1(busy) -> db2", "S04", F, "db1(10.0.0.1:3306) is alive but refuses us"},
      {"db1(dead) -> db2(dead)", "S06", F, "No server answers."},
      {"db1 -> db2(dead)", "S06", F, "There is no live replica."},
      {"db1 -> db2(version:8.4.1), db3", "S07", I,
       "db2(10.0.0.2:3306) cannot be promoted: its version 8.4.1 is newer"},
      {"db1 -> db2; db3", "S08", F, "db3(10.0.0.3:3306) is alive but is not a replica"},
      {"db1 -> db2(writable); db2 -> db3(multi_tier)", "S08", F, "look like the primary"},
      {"db1(dead) -> db2", "S11", W, "db1(10.0.0.1:3306) is the primary and does not answer"},
      {"db1 -> db2(writable)", "S12", I, "db2(10.0.0.2:3306) is a replica and has read_only=0"},
      {"db1 -> db2", "S12b", W, "has relay_log_purge=1"},
      {"db1 -> db2(no_log_bin keeps_relay_logs)", "S12b", W, "writes no binary log"},
      {"db1 -> db2, db3(filter:shop)", "S13", F,
       "Replicate_Do_DB is nothing on db2(10.0.0.2:3306) and \"shop\" on db3"},
      {"db1 -> db2(log_filter:shop), db3(log_filter:shop)", "S13", F, "Binlog_Do_DB is nothing on db1"},
      {"db1(log_filter:a) -> db2(log_filter:a filter:b), db3(log_filter:a filter:b)", "S13", F,
       "Binlog_Do_DB is \"a\" and Replicate_Do_DB is \"b\" on db2"},
      {"db1 -> db2(no_master), db3(no_log_bin)", "S14", F,
       "No replica may be promoted; db2: no_master=1; db3:"},
      {"db1 -> db2(may_not_replicate)", "S15", F, "does not let the user repl replicate"},
      {"db1 -> db2, db3(dead)", "S17", F, "db3(10.0.0.3:3306) does not answer; ignore_fail=1"},
      {"db1 -> db2, db3(applier_error:1062)", "S17", F, "stopped with error 1062"},
      {"db1 -> db2(behind:31)", "S21", F, "is 31 s behind, the limit is 30 s", check_repl},
      {"db1 -> db2(connecting)", "S21", F, "has a receiver that does not run", check_repl},
      {"db1 -> db2(applier_stopped)", "S21", F, "has an applier that does not run", check_repl},
      {"db1 -> db2", "S21", F, "does not know how far it is behind", check_repl,
       [](auto& servers) { servers.state("db2").channels[0].seconds_behind.reset(); }},
      {"db1 -> db2(server_id:1)", "S31", W, "has server_id 1 like db1(10.0.0.1:3306)"},
      {"db1 -> db2(no_log_updates)", "S32", W, "has log_replica_updates=0"},
      {"db1(gtid_mode:ON) -> db2", "S33", W, "gtid_mode differs: OFF on db2; ON on db1."},
      {"[gtid] db1 -> db2",
       "S34",
       W,
       "has 3 transaction(s) of its own that the primary lacks: 00000002-0000-0000-0000-000000000000:1-3",
       {},
       [](auto& servers) {
         servers.state("db2").executed_gtids += ",00000002-0000-0000-0000-000000000000:1-3";
       }},
      {"db1 -> db2",
       "S35",
       W,
       "has no repl_password here",
       {},
       [](auto& servers) { servers.facts("db2").has_repl_password = false; }},
  };
  return all;
}

std::vector<CheckFinding> found(const Situation& situation) {
  auto servers = cluster(situation.topology);
  situation.also(servers);
  auto findings = startup_checks(servers.snapshot(), situation.policy);
  std::erase_if(findings, [&](const CheckFinding& finding) { return finding.row != situation.row; });
  return findings;
}

TEST(StartupChecks, find_what_the_reference_and_its_defect_list_name) {
  for (const Situation& situation : situations()) {
    auto findings = found(situation);
    ASSERT_FALSE(findings.empty()) << situation.row << " " << situation.topology;
    EXPECT_EQ(findings[0].severity, situation.severity) << situation.row;
    EXPECT_THAT(findings[0].sentence, HasSubstr(situation.sentence));
  }
}

TEST(StartupChecks, every_row_has_a_situation) {
  std::set<std::string> reached;
  for (const Situation& situation : situations()) reached.insert(situation.row);
  for (const RuleRow& row : startup_rules()) EXPECT_TRUE(reached.count(std::string(row.id))) << row.id;
}

TEST(StartupChecks, say_nothing_of_a_healthy_cluster) {
  for (const char* topology :
       {"db1 -> db2(keeps_relay_logs), db3(keeps_relay_logs)", "[gtid] db1 -> db2, db3",
        "[gtid] db1 -> db2(executed:80)", "[mariadb] db1 -> db2(keeps_relay_logs)",
        "db1 -> db2(keeps_relay_logs); db2 -> db3(multi_tier)"}) {
    auto findings = startup_checks(cluster(topology).snapshot(), CheckPolicy{false, 30});
    EXPECT_THAT(findings, IsEmpty()) << topology << ": " << (findings.empty() ? "" : findings[0].sentence);
  }
}

TEST(StartupChecks, pass_over_excused_servers_only_if_asked_to) {
  auto snapshot =
      cluster("db1 -> db2, db3(dead ignore_fail), db4(denied ignore_fail), db5(applier_error:1 ignore_fail)")
          .snapshot();
  EXPECT_TRUE(any_fatal(startup_checks(snapshot, CheckPolicy{})));
  EXPECT_FALSE(any_fatal(startup_checks(snapshot, CheckPolicy{true, 30})));
}

TEST(StartupChecks, a_dead_primary_alone_is_only_a_warning) {
  EXPECT_FALSE(any_fatal(startup_checks(cluster("db1(dead) -> db2, db3").snapshot(), CheckPolicy{})));
}

TEST(FilterDifferences, order_and_repetition_do_not_matter_and_switched_off_checks_are_silent) {
  EXPECT_THAT(filter_differences(cluster("db1 -> db2, db3").snapshot()), IsEmpty());
  auto servers = cluster("db1(no_filter_check) -> db2, db3");
  servers.state("db2").channels[0].filters.do_db = "a,b";
  servers.state("db3").channels[0].filters.do_db = "b, a,a";
  EXPECT_THAT(filter_differences(servers.snapshot()), IsEmpty());
  servers.state("db3").channels[0].filters.wild_ignore_table = "a.%";
  EXPECT_THAT(filter_differences(servers.snapshot()), testing::SizeIs(1));
  EXPECT_FALSE(any_fatal(startup_checks(servers.snapshot(), CheckPolicy{})));
}

}  // namespace
}  // namespace tanist::plan

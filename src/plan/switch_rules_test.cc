// Every row of the W table, by the situation that reaches it.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "plan/switchover.h"
#include "testlib/topo.h"

namespace tanist::plan {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testlib::cluster;

using Change = std::function<void(SwitchFacts&, SwitchPolicy&)>;

struct Refused {
  const char* rule;
  const char* topology;
  const char* what;
  const char* to_override;
  Change also = [](SwitchFacts&, SwitchPolicy&) {};
};

Change forced(const char* host, uint16_t port = 3306) {
  return [=](SwitchFacts&, SwitchPolicy& policy) {
    policy.forced_host = host;
    policy.forced_port = port;
  };
}
Change sparing() {
  return [](SwitchFacts&, SwitchPolicy& policy) { policy.spare_ignored = true; };
}
Change runs(const char* server, uint64_t seconds, const char* statement,
            std::optional<topology::OpenTransaction> open = {}) {
  return [=](SwitchFacts& facts, SwitchPolicy&) {
    const char* command = *statement ? "Query" : "Sleep";
    facts.activity[ServerId(server)].connections.push_back(
        {7, "app", "web1:5123", "shop", command, seconds, "", statement, open});
  };
}
Change filtered(const char* table) {
  return [=](SwitchFacts& facts, SwitchPolicy& policy) {
    policy.old_becomes_replica = true;
    facts.primary_filters.emplace().do_table = table;
  };
}

const std::vector<Refused>& refused() {
  static const std::vector<Refused> all = {
      {"W10", "db1 -> db2(dead)", "no live replica", ""},
      {"W10", "db1 -> db2(writable); db2 -> db3(multi_tier)", "look like the primary", ""},
      {"W12", "db1(dead) -> db2", "db1(10.0.0.1:3306) does not answer", "--master_state=dead"},
      {"W12", "db1(busy) -> db2", "answers with error 1040", ""},
      {"W15", "db1 -> db2; db3", "db3(10.0.0.3:3306) is alive but is not a replica", ""},
      {"W15", "db1 -> db2; db3", "db3", "ignore_fail=1 in [db3]", sparing()},
      {"W18", "db1 -> db2, db3(dead)", "db3(10.0.0.3:3306) is dead: connection timed out", ""},
      {"W18", "db1 -> db2, db3(dead ignore_fail)", "db3", ""},  // MHA did not spare it either
      {"W18", "db1 -> db2, db3(denied)", "refuses us: error 1045", "ignore_fail=1 in [db3]", sparing()},
      {"W20", "db1(age:31) -> db2", "what is known of db1(10.0.0.1:3306) is 31 s old", ""},
      {"W22", "db1(no_log_bin) -> db2", "db1(10.0.0.1:3306) writes no binary log", ""},
      {"W25", "db1 -> db2(may_not_replicate)", "does not let the user repl replicate", ""},
      {"W30", "db1 -> db2, db3(receiver_stopped)", "db3(10.0.0.3:3306): its receiver has stopped", ""},
      {"W30", "db1 -> db2, db3(applier_stopped)", "its applier has stopped", "ignore_fail=1 in [db3]",
       sparing()},
      {"W30", "db1 -> db2, db3(applier_error:1062)", "stopped with error 1062 (Duplicate entry)", ""},
      {"W32", "db1 -> db2(behind:31)", "db2(10.0.0.2:3306) is 31 s behind", "--seconds_behind_master"},
      {"W40", "db1 -> db2", "1 update(s) on db1(10.0.0.1:3306)", "--running_updates_limit",
       runs("db1", 2, "UPDATE t SET a=1")},
      {"W40", "db1 -> db2", "1 update(s)", "--running_updates_limit",
       runs("db1", 2, "", topology::OpenTransaction{2, 1, 0})},
      {"W40", "db1 -> db2", "1 update(s)", "--running_updates_limit",
       runs("db1", 2, "SELECT 1 FOR UPDATE", topology::OpenTransaction{2, 0, 1})},
      {"W50", "db1 -> db2", "db1:3306 is the primary already", "", forced("db1")},
      {"W50", "db1 -> db2", "db7:3306 is no live replica", "", forced("db7")},
      {"W50", "db1 -> db2", "db2:3307 is no live replica", "", forced("db2", 3307)},
      {"W50", "db1 -> db2; db2 -> db3(multi_tier)", "it is unmanaged", "", forced("db3")},
      {"W52", "db1 -> db2, db3(no_master)", "db3:3306 may not be promoted (C10): no_master=1", "no_master=0",
       forced("db3")},
      {"W52", "db1 -> db2, db3(delay:60)", "(C50)", "a replication delay of 0", forced("db3")},
      {"W55", "db1 -> db2(no_master), db3(no_log_bin)", "db2: no_master=1; db3: it writes no binary log", ""},
      {"W60", "db1(log_filter:shop) -> db2", "Binlog_Do_DB is \"shop\" on db1", "check_repl_filter=0"},
      {"W60", "db1 -> db2", "Replicate_Do_Table is \"shop.t\" on db1", "check_repl_filter=0",
       filtered("shop.t")},
      {"W65", "db1 -> db2", "1 statement(s) on db2", "--running_seconds_limit", runs("db2", 10, "SELECT 1")},
      {"W70", "db1 -> db2", "no program", "",
       [](SwitchFacts& facts, SwitchPolicy&) { facts.script_problem = "no program"; }},
  };
  return all;
}

SwitchDecision decide(const char* topology, const Change& change) {
  SwitchFacts facts{cluster(topology).snapshot(), {}, {}, ""};
  SwitchPolicy policy;
  change(facts, policy);
  return plan_switch(facts, policy);
}

TEST(SwitchRules, refuses_and_names_the_way_out) {
  for (const Refused& row : refused()) {
    SCOPED_TRACE(std::string(row.rule) + " " + row.topology);
    SwitchDecision decision = decide(row.topology, row.also);
    const auto* refusal = std::get_if<Refusal>(&decision);
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->rule, row.rule);
    EXPECT_THAT(refusal->what, HasSubstr(row.what));
    if (*row.to_override) {
      EXPECT_THAT(refusal->to_override, HasSubstr(row.to_override));
    } else {
      EXPECT_THAT(refusal->to_override, IsEmpty());
    }
  }
}

TEST(SwitchRules, an_old_primary_that_could_not_log_in_is_refused_where_that_counts) {
  auto topology = cluster("db1 -> db2");
  topology.facts("db2").has_repl_password = false;
  SwitchFacts facts{topology.snapshot(), {}, {}, ""};
  SwitchPolicy policy;
  policy.old_becomes_replica = true;
  EXPECT_TRUE(std::holds_alternative<SwitchPlan>(plan_switch(facts, policy)));
  policy.needs_password = true;
  SwitchDecision decision = plan_switch(facts, policy);
  ASSERT_TRUE(std::holds_alternative<Refusal>(decision));
  EXPECT_EQ(std::get<Refusal>(decision).rule, "W75");
}

TEST(SwitchRules, every_row_is_reached) {
  std::set<std::string> reached{"W75"};
  for (const Refused& row : refused()) reached.insert(row.rule);
  for (const RuleRow& row : switch_rules()) EXPECT_TRUE(reached.count(std::string(row.id))) << row.id;
}

TEST(SwitchRules, what_is_within_its_limits_is_no_reason) {
  const struct {
    const char* topology;
    Change change;
  } fine[] = {
      {"db1 -> db2(behind:30)", [](SwitchFacts&, SwitchPolicy&) {}},
      {"db1 -> db2", runs("db1", 1, "UPDATE t SET a=1")},
      {"db1 -> db2", runs("db1", 500, "SELECT 1")},
      {"db1 -> db2", runs("db1", 500, "WITH x AS (SELECT 1) SELECT 1")},
      {"db1 -> db2", runs("db2", 9, "SELECT 1")},
      {"db1 -> db2", runs("db2", 500, "")},
      {"db1(log_filter:shop no_filter_check) -> db2", [](SwitchFacts&, SwitchPolicy&) {}},
      {"db1 -> db2, db3(dead ignore_fail)", sparing()},
      {"db1 -> db2, db3(applier_error:1062 ignore_fail)", sparing()},
      {"db1(read_only) -> db2", [](SwitchFacts&, SwitchPolicy&) {}},
      {"db1 -> db2", filtered("")},
  };
  for (const auto& row : fine) {
    SCOPED_TRACE(row.topology);
    SwitchDecision decision = decide(row.topology, row.change);
    if (const auto* refusal = std::get_if<Refusal>(&decision))
      ADD_FAILURE() << refusal->rule << ": " << refusal->what;
  }
}

TEST(SwitchRules, a_spared_replica_that_stands_or_lags_is_not_promoted) {
  for (const char* trouble : {"receiver_stopped", "applier_stopped", "behind:31"}) {
    const std::string topology = std::string("db1 -> db2(ignore_fail candidate ") + trouble + "), db3";
    SwitchDecision decision = decide(topology.c_str(), sparing());
    ASSERT_TRUE(std::holds_alternative<SwitchPlan>(decision)) << trouble;
    EXPECT_EQ(std::get<SwitchPlan>(decision).new_primary.text, "db3");
    EXPECT_EQ(std::get<SwitchPlan>(decision).left_behind.front().text, "db2");
  }
}

TEST(SwitchRules, shows_who_is_in_the_way) {
  SwitchDecision decision = decide("db1 -> db2", runs("db1", 9, "DELETE FROM t"));
  const std::string said = text(std::get<Refusal>(decision));
  EXPECT_THAT(said, StartsWith("W40: 1 update(s) on db1(10.0.0.1:3306) have been running for more than 1 s"));
  EXPECT_THAT(said, HasSubstr("\nDetails:\nId: 7, User: app,"));
  EXPECT_THAT(json(std::get<Refusal>(decision)), HasSubstr("\"details\":[\"Id: 7"));
}

}  // namespace
}  // namespace tanist::plan

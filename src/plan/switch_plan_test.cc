// Plans of a switch, as people read them.
#include <gmock/gmock.h>

#include "plan/switchover.h"
#include "testlib/topo.h"

namespace tanist::plan {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testlib::topo;

SwitchPlan planned(const SwitchFacts& facts, const SwitchPolicy& policy = {}) {
  SwitchDecision decision = plan_switch(facts, policy);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    ADD_FAILURE() << refusal->rule << ": " << refusal->what;
    return {};
  }
  return std::get<SwitchPlan>(decision);
}

SwitchFacts facts_of(const char* topology) {
  return {topo(topology), {}, topology::ReplicationFilters{}, ""};
}

void add_report(SwitchFacts& facts) {
  facts.activity[ServerId("db1")].connections.push_back(
      {7, "report", "web1:5123", "shop", "Query", 60, "", "SELECT 1", {}});
}

TEST(SwitchPlan, shows_everything_that_would_happen) {
  SwitchFacts facts = facts_of("[mariadb] db1 -> db2, db3(candidate), db4(delay:60 executed:40)");
  SwitchPolicy policy;
  policy.has_script = policy.old_becomes_replica = true;
  EXPECT_EQ(text(planned(facts, policy), facts.snapshot),
            R"(Switch from db1(10.0.0.1:3306) to db3(10.0.0.3:3306), GTID mode 0
Candidates:
    db2  may  P20  may be promoted; db3 comes first
         received and applied mysql-bin.000001:100
  * db3  may  P20  candidate_master=1, and has received the most
         received and applied mysql-bin.000001:100
    db4  no   C50  it applies 60 s late on purpose
         received mysql-bin.000001:100, applied mysql-bin.000001:40
Steps:
   1  lock_replicas     take the monitor lock on db1, the failover lock on db2, db3, db4
   2  flush_tables      flush the tables of db1
   3  catch_up          wait until db3 follows db1 closely
   4  stop_ip_hook      take the address away from db1 by script
   5  block_writes      stop all writes on db1 with the global read lock
   6  wait_applied      wait until db3 has applied all that db1 has written
   7  stop_replication  stop replication on db3
   8  prove_block       set db1 read-only under its lock and see that the log of db1 has not moved since
  ---- point of no return ----
   9  start_ip_hook     give db3 the address by script
  10  enable_writes     let db3 take writes
  11  end_connections   end the connections that clients still have to db1
  12  unlock_tables     release the lock of db1
  13  repoint           let db2 replicate from db3
  14  repoint           let db4 replicate from db3, keeping the events that it applies later
  15  repoint           let db1 replicate from db3
  16  reset_replica     make db3 forget db1 as its source
  17  unlock_replicas   release the locks
)");
}

TEST(SwitchPlan, blocks_in_the_way_the_server_can) {
  const struct {
    const char* topology;
    bool lock, report;
    BlockBy by;
  } rows[] = {
      {"[mariadb] db1 -> db2", true, false, BlockBy::read_lock},
      {"[mariadb] db1 -> db2", true, true, BlockBy::read_lock},  // it leaves tables in use alone
      {"db1(version:5.6.24) -> db2(version:5.6.24)", true, false, BlockBy::read_lock},
      {"db1(version:5.6.24) -> db2(version:5.6.24)", true, true, BlockBy::read_only},
      {"db1(version:5.7.7) -> db2(version:5.7.7)", true, false, BlockBy::read_lock},
      {"db1(version:5.7.8) -> db2(version:5.7.8)", true, true, BlockBy::super_read_only},
      {"db1 -> db2", false, true, BlockBy::nothing},
      {"[mariadb] db1 -> db2", false, false, BlockBy::nothing},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.topology);
    SwitchFacts facts = facts_of(row.topology);
    if (row.report) add_report(facts);
    SwitchPolicy policy;
    policy.lock_tables = row.lock;
    EXPECT_EQ(to_string(planned(facts, policy).block), to_string(row.by));
  }
}

std::vector<std::string> kinds(const SwitchPlan& plan) {
  std::vector<std::string> all;
  for (const Step& step : plan.steps) all.emplace_back(to_string(step.kind));
  return all;
}

TEST(SwitchPlan, flushes_no_tables_behind_a_statement_that_would_hold_everybody_up) {
  SwitchFacts facts = facts_of("db1 -> db2");
  EXPECT_THAT(kinds(planned(facts)), Contains("flush_tables"));
  add_report(facts);
  SwitchPlan plan = planned(facts);
  EXPECT_THAT(kinds(plan), Not(Contains("flush_tables")));
  EXPECT_THAT(
      plan.warnings,
      Contains(HasSubstr("Tables are not flushed on db1(10.0.0.1:3306): connection 7 (report@web1:5123) "
                         "has been running a statement for 60 s")));
  facts = facts_of("[mariadb] db1 -> db2");
  add_report(facts);
  EXPECT_THAT(kinds(planned(facts)), Contains("flush_tables"));
}

TEST(SwitchPlan, flushes_nothing_unasked) {
  SwitchPolicy policy;
  policy.flush_tables = false;
  SwitchPlan plan = planned(facts_of("db1 -> db2"), policy);
  EXPECT_THAT(kinds(plan), Not(Contains("flush_tables")));
  EXPECT_THAT(plan.warnings, Not(Contains(HasSubstr("flushed"))));
}

TEST(SwitchPlan, warns_of_what_is_known_beforehand) {
  SwitchFacts facts = facts_of("db1 -> db2");
  EXPECT_THAT(planned(facts).warnings, Contains("db1(10.0.0.1:3306) is left read-only, and follows nobody."));
  EXPECT_THAT(planned(facts).warnings,
              Contains(HasSubstr("clients must find db2(10.0.0.2:3306) by themselves")));
  SwitchPolicy policy;
  policy.old_becomes_replica = policy.has_script = true;
  EXPECT_THAT(planned(facts, policy).warnings, IsEmpty());
  facts.primary_filters.reset();
  facts.activity[ServerId("db1")].no_transactions = "Access denied";
  EXPECT_THAT(planned(facts, policy).warnings,
              Contains(HasSubstr("does not tell which replication filters")));
  EXPECT_THAT(planned(facts, policy).warnings,
              Contains(HasSubstr("Open transactions of db1(10.0.0.1:3306) cannot be seen")));
}

TEST(SwitchPlan, is_a_value_for_programs_too) {
  const std::string said = json(planned(facts_of("db1 -> db2")));
  for (const char* part : {R"("old_primary":"db1")", R"("new_primary":"db2")", R"("block":"super_read_only")",
                           R"("kind":"enable_writes","what":"let db2 take writes","irreversible":true)"}) {
    EXPECT_THAT(said, HasSubstr(part));
  }
}

TEST(SwitchPlan, spared_servers_are_left_behind) {
  SwitchPolicy policy;
  policy.spare_ignored = true;
  SwitchPlan plan =
      planned(facts_of("db1 -> db2, db3(dead ignore_fail), db4(applier_error:1062 ignore_fail)"), policy);
  EXPECT_EQ(plan.left_behind.size(), 2u);
  EXPECT_EQ(plan.new_primary.text, "db2");
}

}  // namespace
}  // namespace tanist::plan

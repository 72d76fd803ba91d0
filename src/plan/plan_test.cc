// The plans of named situations, as people read them.
#include "plan/plan.h"

#include <gmock/gmock.h>

#include "plan/plan_cases.h"

namespace tanist::plan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testlib::topo;

TEST(Plan, before_the_fence_shows_everything_that_would_happen) {
  auto snapshot = topo("db1(refused) -> db2, db3(applier_stopped)");
  Policy policy = replace_db1();
  policy.has_ip_script = policy.has_start_script = policy.has_shutdown_script = true;
  DeadHost host;
  host.ssh_reachable = true;
  EXPECT_EQ(text(planned(plan_failover(snapshot, policy, host, {})), snapshot),
            R"(Failover of db1(10.0.0.1:3306) to db2(10.0.0.2:3306), GTID mode 0
Received: latest mysql-bin.000001:100 (db2, db3), oldest mysql-bin.000001:100 (db2, db3)
Candidates:
  * db2  may  P10  has received the most
         received and applied mysql-bin.000001:100
    db3  may  P10  may be promoted; db2 comes first
         received and applied mysql-bin.000001:100
Steps:
   1  lock_replicas     take the failover lock on db2, db3
   2  stop_ip_hook      take the address away from db1 by script
   3  kill_server       end what is left of the server process of db1 over ssh
   4  start_appliers    start the applier of db3
   5  start_standin     serve the binary logs of db1 on its own address
   6  save_tail         save the end of the binary log of db1 on this manager
   7  drain             let db2 fetch what it misses from the stand-in at the address of db1
   8  drain             let db3 fetch what it misses from the stand-in at the address of db1
   9  wait_applied      wait until db2 has applied everything it has received
  10  stop_replication  stop replication on db2
  11  stop_standin      stop the stand-in on the host of db1
  12  shutdown_hook     shut db1 down by script
  ---- point of no return ----
  13  start_ip_hook     give db2 the address by script
  14  enable_writes     let db2 take writes
  15  wait_applied      wait until db3 has applied everything it has received
  16  repoint           let db3 replicate from db2
  17  reset_replica     make db2 forget db1 as its source
  18  unlock_replicas   release the failover locks
)");
}

TEST(Plan, everybody_is_equal_nothing_is_drained) {
  auto snapshot = topo("db1(refused) -> db2, db3");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), readable("100"), {}));
  EXPECT_EQ(brief(plan),
            "save_tail db1, stop_replication db2, enable_writes db2, repoint db3, reset_replica db2, "
            "unlock_replicas");
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(Plan, the_tail_comes_from_the_dead_host) {
  auto snapshot = topo("db1(refused) -> db2(received:90 executed:40), db3(received:80 candidate)");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), readable("120"), {}));
  EXPECT_EQ(brief(plan),
            "start_standin db1, save_tail db1, drain db2, drain db3, wait_applied db3, stop_replication db3, "
            "enable_writes db3, wait_applied db2, repoint db2, stop_standin db1, reset_replica db3, "
            "unlock_replicas");
  EXPECT_EQ(
      plan.steps[3].what,
      "let db3 fetch what it misses from the stand-in at the address of db1, from mysql-bin.000001:80 to "
      "mysql-bin.000001:120");
  EXPECT_EQ(plan.steps[3].until->text(), "mysql-bin.000001:120");
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(Plan, a_dead_host_that_is_gone_leaves_the_relay_logs_of_the_best) {
  auto snapshot = topo(
      "db1(dead) -> db2(received:90 executed:40), db3(received:80 candidate), db4(delay:60 executed:30), "
      "db5(no_master)");
  Policy policy = replace_db1();
  policy.has_start_script = true;
  DeadHost host = gone();
  host.last_seen_end = testlib::log_position("130");
  EXPECT_EQ(text(planned(plan_failover(snapshot, policy, host,
                                       {reach("db4", "50", "100"), reach("db5", "4", "100")})),
                 snapshot),
            R"(Failover of db1(10.0.0.1:3306) to db3(10.0.0.3:3306), GTID mode 0
Received: latest mysql-bin.000001:100 (db4, db5), oldest mysql-bin.000001:80 (db3)
Candidates:
    db2  may  P30  may be promoted; db3 comes first
         received mysql-bin.000001:90, applied mysql-bin.000001:40
  * db3  may  P30  candidate_master=1
         received and applied mysql-bin.000001:80
    db4  no   C50  it applies 60 s late on purpose
         received mysql-bin.000001:100, applied mysql-bin.000001:30
    db5  no   C10  no_master=1
         received and applied mysql-bin.000001:100
Steps:
   1  start_standin     serve the relay logs of db5 on its host
   2  drain             let db2 fetch what it misses from the stand-in on db5, from mysql-bin.000001:90 to mysql-bin.000001:100
   3  drain             let db3 fetch what it misses from the stand-in on db5, from mysql-bin.000001:80 to mysql-bin.000001:100
   4  wait_applied      wait until db3 has applied mysql-bin.000001:100
   5  stop_replication  stop replication on db3
  ---- point of no return ----
   6  start_ip_hook     give db3 the address by script
   7  enable_writes     let db3 take writes
   8  wait_applied      wait until db2 has applied mysql-bin.000001:100
   9  repoint           let db2 replicate from db3
  10  repoint           let db4 replicate from db3, keeping the events that it applies later
  11  repoint           let db5 replicate from db3
  12  stop_standin      stop the stand-in on the host of db5
  13  reset_replica     make db3 forget db1 as its source
  14  unlock_replicas   release the failover locks
Warning: The log of db1(10.0.0.1:3306) cannot be read (its host does not answer ssh): what it committed behind mysql-bin.000001:100 and sent to nobody is lost; it last reported mysql-bin.000001:130, so at least 30 bytes.
Warning: Nothing proves that db1(10.0.0.1:3306) stays down: if it comes back writable, two servers take writes. Set shutdown_script, or on_unproven_fence=refuse.
)");
}

TEST(Plan, relay_logs_that_start_late_are_joined_to_what_a_replica_has_received) {
  auto snapshot = topo("db1(dead) -> db2, db3(received:90 executed:40)");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), gone(), {reach("db2", "60", "100")}));
  EXPECT_EQ(
      brief(plan),
      "start_standin db2, drain db3 keeping, stop_replication db2, enable_writes db2, wait_applied db3, "
      "repoint db3, stop_standin db2, reset_replica db2, unlock_replicas");
}

TEST(Plan, a_delayed_replica_keeps_its_events_and_holds_nobody_up) {
  auto snapshot = topo("db1(dead) -> db2, db3(received:90 executed:40 delay:3600)");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), gone(), {reach("db2", "4", "100")}));
  EXPECT_EQ(
      brief(plan),
      "start_standin db2, drain db3 keeping, stop_replication db2, enable_writes db2, repoint db3 keeping, "
      "stop_standin db2, reset_replica db2, unlock_replicas");
}

TEST(Plan, by_gtid_the_best_replica_itself_serves_the_others) {
  auto snapshot = topo("[gtid] db1(dead) -> db2(executed:70 purged:30), db3(received:80 candidate)");
  auto no_relay = reach("db2", "4", "4");
  no_relay.problem = "the file is encrypted";
  Plan plan = planned(plan_failover(snapshot, replace_db1(), gone(), {no_relay}));
  EXPECT_EQ(brief(plan),
            "wait_applied db2, drain db3 by GTID from db2, wait_applied db3, stop_replication db3, "
            "enable_writes db3, "
            "wait_applied db2, repoint db2, reset_replica db3, unlock_replicas");
  EXPECT_EQ(plan.gtid_mode, 1);
}

TEST(Plan, mariadb_by_gtid_likewise) {
  auto snapshot = topo("[mariadb gtid] db1(dead) -> db2, db3(received:80)");
  Policy policy = replace_db1();
  policy.standin = false;
  EXPECT_THAT(brief(planned(plan_failover(snapshot, policy, gone(), {}))),
              HasSubstr("drain db3 by GTID from db2"));
}

TEST(Plan, mariadb_would_delete_relay_logs_when_started_with_both_threads_stopped) {
  auto snapshot = topo("[mariadb gtid] db1(dead) -> db2(executed:40 receiver_stopped applier_stopped), db3");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), DeadHost{}, {}));
  EXPECT_THAT(brief(plan), HasSubstr("start_appliers db2 keeping, stop_receiver db2"));
}

TEST(Plan, without_ssh_receivers_are_stopped_so_that_the_ranking_holds) {
  auto snapshot = topo("db1(dead) -> db2, db3");
  DeadHost host;
  host.ssh_reachable = false;
  EXPECT_THAT(brief(planned(plan_failover(snapshot, replace_db1(), host, {}))),
              HasSubstr("lock_replicas, stop_receiver db2, stop_receiver db3"));
}

TEST(Plan, shutdown_script_is_the_fence_where_ssh_cannot_be) {
  auto snapshot = topo("db1(dead) -> db2");
  Policy policy = replace_db1();
  policy.has_shutdown_script = true;
  DeadHost host;
  host.ssh_reachable = false;
  EXPECT_THAT(brief(planned(plan_failover(snapshot, policy, host, {}))),
              HasSubstr("lock_replicas, shutdown_hook db1, stop_receiver db2"));
  host.fence_done = host.fence_proven = host.server_gone = host.powered_off = true;
  EXPECT_EQ(brief(planned(plan_failover(snapshot, policy, host, {}))),
            "stop_replication db2, enable_writes db2, reset_replica db2, unlock_replicas");
}

TEST(Plan, one_that_cannot_be_completed_is_left_behind_if_the_configuration_says_so) {
  auto snapshot = topo("db1(dead) -> db2, db3(received:40 candidate ignore_fail), db4(received:90)");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), gone(), {reach("db2", "60", "100")}));
  EXPECT_EQ(plan.new_primary.text, "db2");
  EXPECT_THAT(plan.left_behind, ElementsAre(ServerId("db3")));
  EXPECT_EQ(plan.candidates[1].rule, "C60");
  EXPECT_THAT(
      plan.warnings,
      Contains("db3(10.0.0.3:3306) is left behind (ignore_fail=1): it has received mysql-bin.000001:40 of "
               "mysql-bin.000001:100; the dead primary's log is no source: its host does not answer ssh; the relay logs of "
               "db2 begin at mysql-bin.000001:60."));
}

TEST(Plan, servers_that_are_excused_are_named) {
  auto snapshot = topo(
      "db1(refused) -> db2, db3(dead ignore_fail), db4(applier_error:1062 ignore_fail), db5(busy "
      "ignore_fail); "
      "db2 -> db6(multi_tier); db7(ignore_fail)");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), readable("100"), {}));
  EXPECT_THAT(plan.left_behind, ElementsAre(ServerId("db4")));
  EXPECT_THAT(
      plan.warnings,
      ElementsAre("db3(10.0.0.3:3306) is dead and is not recovered (ignore_fail=1).",
                  "db4(10.0.0.4:3306) is left behind (ignore_fail=1): its applier stopped with error 1062.",
                  "db5(10.0.0.5:3306) refuses us and is not recovered (ignore_fail=1).",
                  "db6(10.0.0.6:3306) stays below its own source (multi_tier_slave=1).",
                  HasSubstr("is alive but is not a replica")));
}

TEST(Plan, says_what_cannot_be_saved) {
  auto snapshot = topo("db1(refused) -> db2(executed:90 recovers_relay_logs)");
  DeadHost host = readable("100");
  host.log_problem = "damaged at mysql-bin.000001:120";
  EXPECT_THAT(
      planned(plan_failover(snapshot, replace_db1(), host, {})).warnings,
      ElementsAre("The log of db1(10.0.0.1:3306) is served up to mysql-bin.000001:100 only: damaged at "
                  "mysql-bin.000001:120. What it committed behind that is lost.",
                  HasSubstr("relay_log_recovery=ON")));
  host.log_end.reset();
  EXPECT_THAT(planned(plan_failover(snapshot, replace_db1(), host, {})).warnings,
              Contains(HasSubstr("cannot be read (damaged at mysql-bin.000001:120)")));
  Policy policy = replace_db1();
  policy.skip_save_master_binlog = policy.skip_change_master = true;
  host = readable("100");
  host.last_seen_end = testlib::log_position("100");
  Plan plan = planned(plan_failover(snapshot, policy, host, {}));
  EXPECT_EQ(brief(plan), "wait_applied db2, stop_replication db2, enable_writes db2, unlock_replicas");
  EXPECT_THAT(plan.warnings,
              Contains(HasSubstr("(--skip_save_master_binlog was given): what it committed behind "
                                 "mysql-bin.000001:100 and sent to nobody is lost; when it last reported "
                                 "its end, at mysql-bin.000001:100, nothing was missing.")));
  EXPECT_THAT(plan.warnings, Contains(HasSubstr("(--skip_change_master)")));
}

RelayReach damaged_at(const char* replica, std::string_view end) {
  RelayReach found = reach(replica, "4", end);
  found.damage = "/var/lib/mysql/relay-bin.000002 at offset 1234: torn";
  return found;
}

TEST(Plan, damaged_relay_logs_are_served_to_their_last_sound_transaction) {
  for (const char* db2 : {"executed:50", "executed:80 applier_error:1594", "executed:80 applier_error:13121"}) {
    auto snapshot = topo(std::string("db1(dead) -> db2(") + db2 + "), db3(received:40)");
    Plan plan = planned(plan_failover(snapshot, replace_db1(), gone(), {damaged_at("db2", "80")}));
    EXPECT_EQ(plan.new_primary, ServerId("db2"));
    EXPECT_EQ(plan.latest_received, testlib::log_position("80"));
    EXPECT_THAT(brief(plan), HasSubstr("start_standin db2, drain db3,"));
    EXPECT_THAT(plan.warnings, Contains(HasSubstr("committed behind mysql-bin.000001:80 and sent to nobody")));
    EXPECT_THAT(plan.warnings, Contains(HasSubstr("are read up to mysql-bin.000001:80 only: /var/lib/mysql/relay-bin.000002"
                                                  " at offset 1234: torn.")));
  }
}

TEST(Plan, nobody_is_fed_from_relay_logs_that_end_before_what_their_owner_has_applied) {
  auto decide = [](const char* topology, std::vector<RelayReach> reach) {
    return plan_failover(topo(topology), replace_db1(), gone(), reach);
  };
  auto decision = decide("db1(dead) -> db2, db3(received:40)", {damaged_at("db2", "80")});
  auto* refusal = std::get_if<Refusal>(&decision);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->rule, "F85");
  EXPECT_THAT(refusal->what, HasSubstr("the relay logs of db2 end at mysql-bin.000001:80: /var/lib/mysql/relay-bin.0000"));
  EXPECT_THAT(brief(planned(decide("[gtid] db1(dead) -> db2, db3(received:40)", {damaged_at("db2", "80")}))),
              HasSubstr("drain db3 by GTID from db2"));
  EXPECT_THAT(brief(planned(decide("db1(dead) -> db2, db3(received:40), db4",
                                   {damaged_at("db2", "80"), reach("db4", "4", "100")}))),
              HasSubstr("start_standin db4, drain db3,"));
}

TEST(Plan, half_a_transaction_at_the_end_of_relay_logs_is_nobodys_goal) {
  auto snapshot = topo("db1(dead) -> db2(received:100 executed:90), db3(received:80)");
  Plan plan = planned(plan_failover(snapshot, replace_db1(), gone(), {reach("db2", "4", "90")}));
  for (const Step& step : plan.steps) {
    EXPECT_EQ(step.until.value_or(testlib::log_position("90")).text(), "mysql-bin.000001:90") << step.what;
  }
}

TEST(Plan, as_json) {
  auto snapshot = topo("db1(refused) -> db2(executed:90)");
  Policy policy = replace_db1();
  policy.skip_change_master = true;
  EXPECT_EQ(
      json(planned(plan_failover(snapshot, policy, readable("100"), {}))),
      R"({"old_primary":"db1","new_primary":"db2","gtid_mode":0,"latest_received":"mysql-bin.000001:100","latest":["db2"],)"
      R"("oldest_received":"mysql-bin.000001:100","oldest":["db2"],"candidates":[{"server":"db2","chosen":true,)"
      R"("eligible":true,"rule":"P10","reason":"has received the most"}],"left_behind":[],"steps":[)"
      R"({"number":1,"phase":"recover","kind":"save_tail","what":"save the end of the binary log of db1 on this manager",)"
      R"("irreversible":false,"target":"db1"},)"
      R"({"number":2,"phase":"recover","kind":"wait_applied","what":"wait until db2 has applied mysql-bin.000001:100",)"
      R"("irreversible":false,"target":"db2","until":"mysql-bin.000001:100"},)"
      R"({"number":3,"phase":"recover","kind":"stop_replication","what":"stop replication on db2","irreversible":false,)"
      R"("target":"db2"},)"
      R"({"number":4,"phase":"activate","kind":"enable_writes","what":"let db2 take writes","irreversible":true,)"
      R"("target":"db2"},)"
      R"({"number":5,"phase":"activate","kind":"unlock_replicas","what":"release the failover locks",)"
      R"("irreversible":false}],"warnings":["The other replicas keep db1(10.0.0.1:3306) as their source )"
      R"((--skip_change_master)."]})");
  EXPECT_EQ(json(Refusal{"F40", "db3 is dead too", "ignore_fail=1 in [db3]"}),
            R"({"refused":"F40","what":"db3 is dead too","to_override":"ignore_fail=1 in [db3]"})");
}

}  // namespace
}  // namespace tanist::plan

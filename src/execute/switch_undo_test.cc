// Until the new primary takes writes, every failure puts everything back; behind that nothing stops the
// switch.
#include <gmock/gmock.h>

#include "execute/advisory_locks.h"
#include "execute/test_switch.h"

namespace tanist::execute {
namespace {

using namespace std::chrono_literals;
using sim::HookWay;
using sim::Recovery;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Fault {
  const char* name;
  std::function<void(sim::Scenario&)> scenario;
  std::function<void(Recovery&)> happen;
  const char* why;
  Duration kept_up = 2s;  // until it is over and everybody has caught up
};

void nothing(sim::Scenario&) {}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = {
      {"the stop script fails", [](auto& s) { s.hooks["online stop"] = HookWay::exit1; }, [](auto&) {},
       "master_ip_online_change_script --command=stop: return code 1:0"},
      {"the start script fails", [](auto& s) { s.hooks["online start"] = HookWay::exit1; }, [](auto&) {},
       "master_ip_online_change_script --command=start: return code 1:0"},
      {"the start script hangs", [](auto& s) { s.hooks["online start"] = HookWay::hang; }, [](auto&) {},
       "--command=start"},
      {"somebody holds a lock", nothing, [](auto& r) { r.server(1).tables_locked = true; },
       "writes could not be stopped"},
      {"the lock is lost", nothing,
       [](auto& r) { r.when("server2: STOP", [&r] { r.server(1).end_sessions(); }); }, "Lost connection"},
      {"the applier stops", nothing,
       [](auto& r) {
         r.when("hook online stop", [&r] {
           r.channel(2).stop_applier();
           r.world.after(1s, [&r] { r.channel(2).start_applier(); });
         });
       },
       "the applier of db2(10.0.0.2:3306) stopped"},
      {"it stays read-only", nothing, [](auto& r) { r.server(2).keeps_read_only = true; },
       "Lock wait timeout exceeded"},
      {"a signal", nothing,
       [](auto& r) {
         auto signalled = std::make_shared<bool>(false);
         r.switching.stop_requested = [signalled] { return *signalled; };
         r.when("hook online stop", [signalled] { *signalled = true; });
       },
       "Stopped by a signal"},
      {"a signal when writes have stopped", nothing,
       [](auto& r) {
         auto signalled = std::make_shared<bool>(false);
         r.switching.stop_requested = [signalled] { return *signalled; };
         r.when("server2: STOP", [signalled] { *signalled = true; });
       },
       "Stopped by a signal"},
      {"the cluster's lock is gone", nothing,
       [](auto& r) {
         r.switching.still_ours = [] { return fail(Errc::conflict, "somebody has removed the lock"); };
       },
       "somebody has removed the lock"},
      {"the journal breaks", nothing,
       [](auto& r) { r.when("server1: FLUSH TABLES WITH", [&r] { r.ledger.journal().break_writes(true); }); },
       "journal the intent"},
  };
  return all;
}

TEST(SwitchUndo, puts_everything_back_whatever_fails) {
  for (const char* version : {"10.11.6-MariaDB-log", "9.7.0", "5.6.51-log"}) {
    for (const Fault& fault : faults()) {
      if (std::string(fault.name) == "the lock is lost" && version[0] == '9') continue;  // there is none
      if (std::string(fault.name) == "the journal breaks" && version[0] == '9') continue;
      SCOPED_TRACE(std::string(version) + ": " + fault.name);
      auto scenario = switchable(3, version);
      fault.scenario(scenario);
      Recovery recovery(scenario);
      recovery.switching.policy.old_becomes_replica = true;
      fault.happen(recovery);
      Clients clients(recovery);
      auto result = recovery.run_switch();
      clients.stop();
      recovery.pass(fault.kept_up);
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_THAT(result.why, HasSubstr(fault.why));
      EXPECT_FALSE(result.new_primary);
      if (recovery.scenario.hooks.empty()) {
        expect_as_before(recovery);
      } else {  // the script that fails in one direction fails in the other
        EXPECT_TRUE(recovery.server(1).takes_writes());
        expect_follows(recovery, 2, 1);
        EXPECT_THAT(recovery.world.violations, IsEmpty());
      }
    }
  }
}

// Nothing of a switch has been done when these end it: no script is called, no server changed.
TEST(SwitchUndo, what_is_refused_has_touched_nothing) {
  const struct {
    const char* name;
    std::function<void(Recovery&)> happen;
    const char* why;
  } refusals[] = {
      {"a manager watches", [](auto& r) { r.server(1).hold_lock(kMonitorLock); },
       "is a manager watching this cluster?"},
      {"a replica is being moved", [](auto& r) { r.server(3).hold_lock(kFailoverLock); }, "purge_relay_logs"},
      {"an update runs",
       [](auto& r) {
         r.server(1).clients.push_back({11, "app", "web1", "shop", "Query", 9, "", "UPDATE t SET a=1", {}});
       },
       "W40: 1 update(s)"},
      {"a replica stands", [](auto& r) { r.channel(3).stop_receiver(); },
       "W30: replication does not run on db3"},
      {"the primary is named", [](auto& r) { r.switching.policy.forced_host = "db1"; },
       "W50: db1:3306 is the primary already"},
      {"the script is missing", [](auto& r) { r.scenario.online_hook_missing = true; }, "W70"},
  };
  for (const auto& refusal : refusals) {
    SCOPED_TRACE(refusal.name);
    Recovery recovery(switchable(3));
    refusal.happen(recovery);
    auto result = recovery.run_switch();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.why, HasSubstr(refusal.why));
    EXPECT_THAT(recovery.world.acts, IsEmpty());
    EXPECT_FALSE(recovery.phase2_began);
  }
}

TEST(SwitchUndo, calls_the_script_in_the_other_direction) {
  auto scenario = switchable(3);
  scenario.hooks["online start"] = HookWay::exit1;
  Recovery recovery(scenario);
  auto result = recovery.run_switch();
  EXPECT_THAT(
      recovery.steps(),
      ElementsAre("flush_tables server1", "catch_up server2", "stop_ip_hook server1", "block_writes server1",
                  "wait_applied server2", "stop_replication server2", "prove_block server1",
                  "start_ip_hook server2 failed", "block_writes server2", "stop_ip_hook server2",
                  "put_back server1", "start_ip_hook server1 failed", "put_back server2"));
  EXPECT_THAT(result.why, HasSubstr("Do it by hand: /hooks/online --command=start --orig_master_host=db2"));
  EXPECT_THAT(result.why, Not(HasSubstr(sim::kAdminPassword)));
}

TEST(SwitchUndo, waits_for_no_replica_that_does_not_come) {
  auto scenario = switchable(3);
  Recovery recovery(scenario);
  recovery.when("hook online stop", [&] { recovery.channel(2).apply_time = 1h; });
  Clients clients(recovery);
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("db2(10.0.0.2:3306) has not applied everything"));
  EXPECT_THAT(result.why,
              testing::EndsWith("The switch was undone: db1(10.0.0.1:3306) is the primary as before"));
  EXPECT_TRUE(recovery.server(1).takes_writes());
  EXPECT_EQ(recovery.world.address_on, std::set<int>{1});
}

TEST(SwitchUndo, a_new_primary_that_dies_leaves_the_old_one_as_it_was) {
  for (const char* moment : {"server1: FLUSH TABLES WITH", "server2: STOP", "hook online start"}) {
    SCOPED_TRACE(moment);
    Recovery recovery(switchable(3));
    recovery.when(moment, [&] { recovery.server(2).kill(false); });
    Clients clients(recovery);
    auto result = recovery.run_switch();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(recovery.server(1).takes_writes());
    EXPECT_EQ(recovery.world.address_on, std::set<int>{1});
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

TEST(SwitchUndo, an_old_primary_that_dies_is_named_dead) {
  for (const char* moment : {"hook online stop", "server1: FLUSH TABLES WITH", "server2: STOP"}) {
    SCOPED_TRACE(moment);
    Recovery recovery(switchable(3));
    recovery.when(moment, [&] { recovery.server(1).kill(false); });
    auto result = recovery.run_switch();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.why, HasSubstr("db1(10.0.0.1:3306) does not answer any more"));
    EXPECT_THAT(result.why, HasSubstr("tanist failover /etc/app1.cnf --dead=db1"));
    EXPECT_TRUE(recovery.server(2).read_only);
    EXPECT_EQ(recovery.channel(2).settings.host, "10.0.0.1");
    EXPECT_THAT(recovery.world.violations, IsEmpty());
  }
}

// Its log has moved: whoever wrote there was told that it is safe.
TEST(SwitchUndo, goes_on_when_the_new_primary_has_been_written_to) {
  auto scenario = switchable(3);
  scenario.hooks["online start"] = HookWay::exit1;
  Recovery recovery(scenario);
  recovery.when("hook online start", [&] {
    recovery.server(2).read_only = false;
    recovery.server(2).commit();
  });
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_EQ(result.new_primary, ServerId("server2"));
  EXPECT_TRUE(recovery.server(2).takes_writes());
  EXPECT_TRUE(recovery.server(1).read_only);
  expect_follows(recovery, 3, 2);
  expect_all_written(recovery, 3);
}

// It may have been written to, and nothing keeps clients away from it: two primaries would be worse than
// none.
TEST(SwitchUndo, gives_nobody_writes_when_nobody_can_tell) {
  auto scenario = switchable(3);
  scenario.hooks["online start"] = scenario.hooks["online stop"] = HookWay::ok;
  Recovery recovery(scenario);
  recovery.when("hook online start", [&] {
    recovery.scenario.hooks["online stop"] = HookWay::exit1;
    recovery.world.cut(sim::kManager, recovery.server(2).host());
  });
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, HasSubstr("Nobody takes writes."));
  EXPECT_THAT(result.why, HasSubstr("SET GLOBAL read_only = 0 on db1"));
  EXPECT_TRUE(recovery.server(1).read_only);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST(SwitchUndo, an_old_primary_that_was_read_only_stays_so) {
  Recovery recovery(switchable(3, "9.7.0"));
  recovery.server(1).read_only = true;
  recovery.server(3).read_only = true;
  recovery.server(2).keeps_read_only = true;
  EXPECT_EQ(recovery.run_switch().exit_code, 1);
  EXPECT_TRUE(recovery.server(1).read_only);
  EXPECT_FALSE(recovery.server(1).super_read_only);
}

}  // namespace
}  // namespace tanist::execute

// A manager is killed before and after every single write of its journal; the next one resumes. Every kill is a test of its
// own, named after the step: before it is written down, begun (and nothing done), unnoted (done), after it was noted.
#include <map>

#include "execute/test_interrupted.h"
#include "execute/test_switch.h"

namespace tanist::execute {
namespace {

using sim::Recovery;

constexpr const char *kMysql = "8.0.36", *kMysql56 = "5.6.51-log";

const std::vector<Story>& failovers() {
  static const std::vector<Story> all = {
      {"position_all_equal", kMariadb, false, Recovery::Death::kill, {}},
      {"position", kMariadb, false, Recovery::Death::kill, {3, 4}},
      {"position_from_relay_logs", kMariadb, false, Recovery::Death::power_off, {3, 4}},
      {"position_one_is_slow", kMariadb, false, Recovery::Death::power_off, {3, 4}, slow},
      {"mariadb_gtid", kMariadb, true, Recovery::Death::kill, {3, 4}},
      {"mariadb_gtid_from_relay_logs", kMariadb, true, Recovery::Death::power_off, {3, 4}},
      {"mysql_gtid", kMysql, true, Recovery::Death::kill, {2, 3, 4}},
      {"mysql_gtid_from_relay_logs", kMysql, true, Recovery::Death::power_off, {3, 4}},
      {.name = "position_applier_stopped", .version = kMariadb, .gtid = false, .death = Recovery::Death::kill, .behind = {4},
       .stopped = 3},
  };
  return all;
}

struct SwitchStory {
  std::string name;
  const char* version;
  bool gtid;
  bool old_follows;
};
const std::vector<SwitchStory>& switches() {
  static const std::vector<SwitchStory> all = {
      {"position", kMariadb, false, true},      {"mariadb_gtid", kMariadb, true, true},
      {"mysql_gtid", kMysql, true, true},       {"mysql56_position", kMysql56, false, true},
      {"old_primary_stays_closed", kMysql, true, false},
  };
  return all;
}

std::unique_ptr<Recovery> begin(const SwitchStory& story) {
  auto recovery = std::make_unique<Recovery>(switchable(4, story.version, story.gtid));
  recovery->switching.policy.old_becomes_replica = story.old_follows;
  return recovery;
}

struct Kill {
  std::string name;  // "before_07_repoint_server3"
  size_t story = 0;
  sim::Life::Death death;
  std::string what;  // is written there
};
void PrintTo(const Kill& kill, std::ostream* out) { *out << kill.name; }

// "07_repoint_server3 begins" and "… ends": four moments at which the manager may be killed.
std::vector<Kill> kills_of(size_t story, const std::vector<std::string>& writes) {
  std::vector<Kill> kills;
  for (size_t i = 0; i < writes.size(); ++i) {
    const std::string& what = writes[i];
    const bool ends = what.ends_with(" ends"), step = ends || what.ends_with(" begins");
    for (const bool written : {false, true}) {
      const char* when = written ? (step && !ends ? "begun" : "after") : (ends ? "unnoted" : "before");
      std::string name = fmt::format("{}_{}", when, what.substr(0, step ? what.rfind(' ') : what.npos));
      for (char& sign : name) sign = sign == ' ' ? '_' : sign;
      kills.push_back({std::move(name), story, {static_cast<int>(i) + 1, written}, what});
    }
  }
  return kills;
}

std::string name_of(const testing::TestParamInfo<Kill>& info) { return info.param.name; }

// The kill was where its name says: an uninterrupted run and this one write the same up to there.
void expect_killed_at(const Kill& kill, const std::vector<std::string>& said) {
  ASSERT_EQ(said.size(), static_cast<size_t>(kill.death.write));
  EXPECT_EQ(said.back(), kill.what);
}

class Failover : public testing::TestWithParam<Kill> {};

TEST_P(Failover, is_finished_or_undone) {
  const Story& story = failovers()[GetParam().story];
  auto recovery = begin(story);
  expect_killed_at(GetParam(), recovery->run_until(GetParam().death));
  resume_and_look(*recovery);
}

class PlannedSwitch : public testing::TestWithParam<Kill> {};

TEST_P(PlannedSwitch, is_finished_or_undone) {
  const SwitchStory& story = switches()[GetParam().story];
  auto recovery = begin(story);
  {
    Clients clients(*recovery);
    expect_killed_at(GetParam(), recovery->switch_until(GetParam().death));
    auto resumed = recovery->resume();
    if (resumed) {
      EXPECT_TRUE(resumed->closed) << resumed->why;
    }
    clients.stop();
  }
  EXPECT_TRUE(recovery->ledger.journal().unfinished()->empty());
  auto writers = recovery->world.writers();
  ASSERT_EQ(writers.size(), 1u);
  if (writers.front() == &recovery->server(1)) {
    expect_as_before(*recovery);
    return;
  }
  ASSERT_EQ(writers.front(), &recovery->server(2));
  EXPECT_EQ(recovery->world.address_on, std::set<int>{2});
  for (int number : {1, 3, 4}) {
    if (number == 1 && !story.old_follows) continue;
    expect_follows(*recovery, number, 2);
    expect_all_written(*recovery, number);
  }
  EXPECT_TRUE(recovery->server(1).read_only);
  for (const std::string& violation : recovery->world.violations) ADD_FAILURE() << violation;
}

#define EVERY_KILL(suite, label, number, kills) \
  INSTANTIATE_TEST_SUITE_P(label, suite, testing::ValuesIn(kills(number)), name_of)

std::vector<Kill> failover(size_t story) { return kills_of(story, begin(failovers()[story])->run_until(std::nullopt)); }
// With the same clients as when it is killed: what they write decides which of two replicas is there first.
std::vector<Kill> planned(size_t story) {
  auto recovery = begin(switches()[story]);
  Clients clients(*recovery);
  return kills_of(story, recovery->switch_until(std::nullopt));
}

EVERY_KILL(Failover, failover_position_all_equal, 0, failover);
EVERY_KILL(Failover, failover_position, 1, failover);
EVERY_KILL(Failover, failover_position_from_relay_logs, 2, failover);
EVERY_KILL(Failover, failover_position_one_is_slow, 3, failover);
EVERY_KILL(Failover, failover_mariadb_gtid, 4, failover);
EVERY_KILL(Failover, failover_mariadb_gtid_from_relay_logs, 5, failover);
EVERY_KILL(Failover, failover_mysql_gtid, 6, failover);
EVERY_KILL(Failover, failover_mysql_gtid_from_relay_logs, 7, failover);
EVERY_KILL(Failover, failover_position_applier_stopped, 8, failover);
EVERY_KILL(PlannedSwitch, switch_position, 0, planned);
EVERY_KILL(PlannedSwitch, switch_mariadb_gtid, 1, planned);
EVERY_KILL(PlannedSwitch, switch_mysql_gtid, 2, planned);
EVERY_KILL(PlannedSwitch, switch_mysql56_position, 3, planned);
EVERY_KILL(PlannedSwitch, switch_old_primary_stays_closed, 4, planned);

// A step that a plan can have, and that no kill above reaches, is a hole in these tests.
TEST(EveryStep, is_reached_by_a_kill) {
  std::set<std::string> reached;
  auto add = [&](const std::vector<Kill>& kills) {
    for (const Kill& kill : kills) {
      const size_t from = kill.what.find('_') + 1;
      if (kill.what.ends_with(" begins")) reached.insert(kill.what.substr(from));
    }
  };
  for (size_t i = 0; i < failovers().size(); ++i) add(failover(i));
  for (size_t i = 0; i < switches().size(); ++i) add(planned(i));
  auto is_reached = [&](plan::StepKind kind) {
    const std::string name(plan::to_string(kind));
    return std::any_of(reached.begin(), reached.end(), [&](const std::string& what) {
      return what.starts_with(name + "_server") || what.starts_with(name + " begins");
    });
  };
  using plan::StepKind;
  // Locks need no undoing, they go with their connections; shutdown_hook is called as kill_server is; put_back is of an undo.
  for (StepKind kind : {StepKind::stop_ip_hook, StepKind::kill_server, StepKind::start_appliers, StepKind::stop_receiver,
                        StepKind::start_standin, StepKind::save_tail, StepKind::drain, StepKind::wait_applied,
                        StepKind::stop_replication, StepKind::start_ip_hook, StepKind::enable_writes, StepKind::repoint,
                        StepKind::stop_standin, StepKind::reset_replica, StepKind::flush_tables, StepKind::catch_up,
                        StepKind::block_writes, StepKind::prove_block, StepKind::end_connections, StepKind::unlock_tables}) {
    EXPECT_TRUE(is_reached(kind)) << "no kill reaches " << plan::to_string(kind);
  }
}

}  // namespace
}  // namespace tanist::execute

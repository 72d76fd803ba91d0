// What care does at which look, on servers of the simulated world. What each act does there is execute/care_test.cc's.
#include "daemon/carer.h"

#include <gmock/gmock.h>

#include "remote/fake_shell.h"
#include "sim/finished.h"
#include "sim/recovery.h"
#include "sys/memory_log.h"
#include "sys/temporary_directory.h"

namespace tanist::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kBetweenLooks = 5s;

class NoHooks : public hooks::Runner {
 public:
  sys::Task<hooks::Outcome> run(hooks::Call call) override {
    ADD_FAILURE() << "care calls no script: " << call.script;
    co_return hooks::Outcome{};
  }
};

// server1 is the primary of server2 and server3; a replica that takes writes is what care puts in order.
class CarerTest : public testing::Test {
 protected:
  CarerTest() {
    auto opened = manager::Cluster::open(outside, recovery.cluster, "", true);
    cluster = std::move(*opened);
    carer = std::make_unique<Carer>(*cluster, *memory, recovery.cluster,
                                    Carer::Keepers{[this] { return paused; }, [this] { return ours; },
                                                   [this](std::vector<Alarm> now) { standing = std::move(now); }});
  }

  // What it begins has ended when the next look is due.
  void look(const char* primary = "server1") {
    auto snapshot = sim::finished(recovery.world, cluster->observe(2s));
    carer->looked(snapshot, ServerId(primary));
    recovery.pass(kBetweenLooks);
  }
  void look_for(Duration time) {
    for (const TimePoint end = recovery.world.clock.now() + time; recovery.world.clock.now() < end;) look();
  }
  void open_replica(int number) { recovery.server(number).read_only = false; }
  bool is_open(int number) { return !recovery.server(number).read_only; }
  // When each act began, in seconds since the first.
  std::vector<int> acts() {
    std::vector<int> all;
    auto history = recovery.ledger.journal().history({.kind = store::kCareKind, .at_most = 1000});
    for (auto one = history->rbegin(); one != history->rend(); ++one) {
      const auto since = one->began - history->back().began;
      all.push_back(static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(since).count()));
    }
    return all;
  }
  std::vector<std::string> alarms() {
    std::vector<std::string> all;
    for (const Alarm& alarm : standing) all.push_back(alarm.rule + " " + alarm.about.substr(0, alarm.about.find('(')));
    return all;
  }
  static Status not_ours() { return fail(Errc::conflict, "the lock is lost"); }

  sim::Recovery recovery{sim::plain_scenario(3)};
  execute::World world = recovery.outside(std::nullopt);
  sys::Event stop{recovery.world.clock};
  bool paused = false;
  Status ours{};
  bool recovery_runs = false, lock_held = true;
  std::vector<Alarm> standing;
  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-carer-");
  std::unique_ptr<store::Memory> memory = *store::open_memory(directory.file("tanist.sqlite"));
  manager::Outside outside{
      .clock = world.clock,
      .files = world.files,
      .entropy = world.entropy,
      .mysql = world.mysql,
      .config = {},
      .open_log = [](const std::string&, sys::Level) { return std::make_unique<sys::MemoryLog>(); },
      .open_journal = [this](const std::string&) -> Result<std::shared_ptr<store::Journal>> { return recovery.ledger.open(); },
      .open_memory = {},
      .lock_cluster = [this](const std::string&, const std::string& name) -> Result<std::unique_ptr<store::ClusterLock>> {
        EXPECT_EQ(name, "app1.failover");
        if (recovery_runs) return fail(Errc::conflict, "it is held by a recovery");
        return std::make_unique<store::MemoryClusterLock>(lock_held);
      },
      .open_shell = [](sys::Log&) { return std::make_unique<remote::FakeShell>(); },
      .open_hooks = [](sys::Log&) { return std::make_unique<NoHooks>(); },
      .stop = stop,
      .pid = 1,
      .host_name = "manager",
      .out = {},
      .err = {},
      .ask_line = {}};
  std::unique_ptr<manager::Cluster> cluster;
  std::unique_ptr<Carer> carer;
};

TEST_F(CarerTest, acts_on_what_two_looks_in_a_row_have_seen) {
  open_replica(3);
  look();
  EXPECT_TRUE(is_open(3));
  recovery.server(3).read_only = true;
  look();
  open_replica(3);
  look();
  EXPECT_TRUE(is_open(3)) << "in between it was well";
  look();
  EXPECT_FALSE(is_open(3));
  EXPECT_EQ(acts().size(), 1u);
  EXPECT_THAT(alarms(), IsEmpty()) << "what is put in order needs nobody";
}

TEST_F(CarerTest, does_one_thing_at_a_time) {
  open_replica(2);
  open_replica(3);
  look();
  look();
  EXPECT_NE(is_open(2), is_open(3));
  look();
  EXPECT_FALSE(is_open(2) || is_open(3));
  EXPECT_EQ(acts().size(), 2u);
}

TEST_F(CarerTest, what_it_may_not_do_stands_as_an_alarm_from_the_first_look) {
  recovery.server(3).kill(false);
  look();
  EXPECT_THAT(alarms(), ElementsAre("K60 db3"));
  look();
  EXPECT_THAT(acts(), IsEmpty());
}

TEST_F(CarerTest, a_pause_turns_acts_into_alarms) {
  paused = true;
  open_replica(3);
  look();
  look();
  EXPECT_TRUE(is_open(3));
  ASSERT_THAT(alarms(), ElementsAre("K30 db3"));
  EXPECT_EQ(standing.front().evidence.back(), "not done because app1 is paused");
  paused = false;
  look();
  EXPECT_FALSE(is_open(3));
  look();
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(CarerTest, what_fails_is_tried_again_later_and_later_and_stands_meanwhile) {
  ours = not_ours();
  open_replica(3);
  look_for(45min);
  EXPECT_TRUE(is_open(3));
  EXPECT_THAT(acts(), ElementsAre(0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430));
  ASSERT_THAT(alarms(), ElementsAre("K30 db3"));
  EXPECT_EQ(standing.front().evidence.back(), "it failed: the lock is lost");
}

TEST_F(CarerTest, forgets_its_attempts_after_a_minute_in_which_all_was_well) {
  ours = not_ours();
  open_replica(3);
  look_for(90s);
  const size_t before = acts().size();
  ASSERT_EQ(before, 4u) << "the next one is due in 80 s";
  ours = {};
  recovery.server(3).read_only = true;
  look_for(30s);
  open_replica(3);
  look();
  look();
  EXPECT_TRUE(is_open(3)) << "half a minute is not long enough";
  recovery.server(3).read_only = true;
  look_for(70s);
  open_replica(3);
  look();
  look();
  EXPECT_FALSE(is_open(3));
  EXPECT_EQ(acts().size(), before + 1);
}

// Longer ago than a minute it may have been tried: only health counts.
TEST_F(CarerTest, one_good_look_between_two_attempts_forgets_nothing) {
  ours = not_ours();
  open_replica(3);
  look_for(230s);
  const size_t before = acts().size();
  ASSERT_EQ(before, 5u) << "the next one is due in 80 s, the last one was 80 s ago";
  recovery.server(3).read_only = true;
  look();
  open_replica(3);
  look();
  look();
  EXPECT_EQ(acts().size(), before);
}

TEST_F(CarerTest, leaves_everybody_alone_while_a_recovery_runs) {
  recovery_runs = true;
  open_replica(3);
  look_for(30s);
  EXPECT_TRUE(is_open(3));
  EXPECT_THAT(acts(), IsEmpty());
  recovery_runs = false;
  look();
  EXPECT_FALSE(is_open(3)) << "nothing was tried, so nothing is waited for";
}

TEST_F(CarerTest, says_and_does_nothing_about_another_primarys_replicas) {
  open_replica(3);
  look("server2");
  look("server2");
  EXPECT_TRUE(is_open(3));
  EXPECT_THAT(alarms(), IsEmpty());
  recovery.server(1).kill(false);
  look();
  EXPECT_THAT(alarms(), IsEmpty()) << "a dead primary is somebody else's";
}

TEST_F(CarerTest, a_receiver_that_stops_again_and_again_is_left_to_a_person) {
  for (int i = 0; i < 500; ++i) {
    recovery.channel(3).stop_receiver();
    recovery.channel(3).io_errno = 2003;
    look();
  }
  EXPECT_EQ(acts().size(), static_cast<size_t>(plan::kMostReceiverStarts));
  EXPECT_THAT(alarms(), ElementsAre("K12 db3"));
}

}  // namespace
}  // namespace tanist::daemon

#include "compat/masterha_supervise.h"

#include <gmock/gmock.h>

#include "compat/test_outside.h"
#include "compat/test_world.h"
#include "sys/scripted_processes.h"

namespace tanist::compat {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* kConf =
    "# ours\n[server default]\nmanager_workdir=/w\n[server1]\nhostname=db1\n[server2]\nhostname=db2\n"
    "[server3]\nhostname=db3\n[server4]\nhostname=db4\n";
constexpr const char* kReport =
    "Fri Nov 20 09:00:50 2026 - [info] ----- Failover Report -----\n\napp1: MySQL Master failover db1 to db2 succeeded\n\n"
    "Master db1(10.0.0.1:3306) is down!\n";

// A log that has said all it will say.
class SilentLog : public sys::FollowedFile {
 public:
  SilentLog(sys::Clock& clock, std::string text) : clock_(clock), text_(std::move(text)) {}
  sys::Task<bool> changed(TimePoint deadline) override {
    co_await sys::sleep_until(clock_, deadline);
    co_return false;
  }
  Result<std::string> read_new() override { return std::exchange(text_, ""); }

 private:
  sys::Clock& clock_;
  std::string text_;
};

class SuperviseTest : public ShellCommandTest {
 protected:
  SuperviseTest() {
    least_logged = sys::Level::info;
    servers.may_be_asked = true;  // nobody answers
    outside.open_hooks = [](sys::Log&) { return nullptr; };
    outside.lock_cluster = [this](const std::string&, const std::string& name) {
      locked += name;
      return std::make_unique<store::MemoryClusterLock>(held);
    };
    (void)files.replace("/app1.cnf", kConf);
  }
  // The exit code. Managers that are started end at once.
  std::optional<int> supervise(std::vector<std::string> args) {
    World small{clock, files, table, outside.config, outside.out, outside.err};
    SuperviseWorld world{outside, small, processes, [this](const std::string& path) {
                           followed = path;
                           return std::make_unique<SilentLog>(clock, log);
                         }};
    args.push_back("--conf=/app1.cnf");
    std::optional<int> code;
    auto main = [&]() -> sys::Task<void> { code = co_await masterha_supervise(std::move(args), world); };
    sys::start_detached(main());
    clock.run_until_idle();
    return code;
  }
  std::string command(size_t start) const { return processes.seen.at(start).argv.at(3); }

  FakeProcesses table;
  sys::ScriptedProcesses processes{[](const sys::ProcessSpec&) {
    sys::ProcessResult result;
    result.output = "4242\n";
    return result;
  }};
  bool held = true;
  std::string locked, followed, log;
};

TEST_F(SuperviseTest, starts_a_manager_that_ends_at_once_less_and_less_often_and_then_no_more) {
  EXPECT_EQ(supervise({"--start_limit=5", "--manager_command=mgr --x"}), 1);
  ASSERT_EQ(processes.seen.size(), 5u);
  EXPECT_EQ(command(0), "mgr --x --conf=/app1.cnf");
  EXPECT_GE(clock.now().time_since_epoch(), 15s) << "1, 2, 4 and 8 s";
  EXPECT_LE(clock.now().time_since_epoch(), 120s);
  EXPECT_THAT(logged, HasSubstr("[error] V50 "));
  EXPECT_EQ(files.read("/app1.cnf").value(), kConf);
  EXPECT_EQ(locked, "app1.supervise");
  EXPECT_EQ(followed, "/w/app1.manager.out") << "where a manager without manager_log writes";
}

TEST_F(SuperviseTest, takes_the_replaced_and_the_dead_out_of_the_file_but_never_the_promoted_one) {
  log = kReport;
  (void)files.touch("/w/app1.failover.complete");
  EXPECT_EQ(supervise({"--start_limit=1", "--keep=db4"}), 1);
  EXPECT_EQ(files.read("/app1.cnf").value(),
            "# ours\n[server default]\nmanager_workdir=/w\n[server2]\nhostname=db2\n[server4]\nhostname=db4\n");
  EXPECT_THAT(logged, HasSubstr("V70 a failover was completed; out of the file go db1(10.0.0.1:3306), db3(10.0.0.3:3306)."));
  EXPECT_EQ(processes.seen.size(), 1u);
}

TEST_F(SuperviseTest, a_failover_that_failed_is_for_a_person) {
  log = kReport;
  (void)files.touch("/w/app1.failover.complete");
  (void)files.touch("/w/app1.failover.error");
  EXPECT_EQ(supervise({}), 1);
  EXPECT_THAT(logged, HasSubstr("[error] V30 "));
  EXPECT_TRUE(processes.seen.empty());
  EXPECT_EQ(files.read("/app1.cnf").value(), kConf);
}

TEST_F(SuperviseTest, what_an_earlier_manager_was_told_is_over) {
  log = "Fri Nov 20 09:00:50 2026 - [warning] Got a signal, ending.\n";
  EXPECT_EQ(supervise({"--start_limit=1"}), 1);
  EXPECT_EQ(processes.seen.size(), 1u);
}

}  // namespace
}  // namespace tanist::compat

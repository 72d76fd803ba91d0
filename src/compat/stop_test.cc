#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "compat/status_file.h"
#include "compat/test_world.h"
#include "sys/posix_files.h"
#include "sys/reactor.h"

namespace tanist::compat {
namespace {

using namespace std::chrono_literals;

struct Stop : testing::Test, TestWorld {
  Stop() { (void)files.replace("/etc/app1.cnf", "[server1]\nhostname=db1\nmanager_workdir=/w\n"); }
  void health(const std::string& text) { (void)files.replace("/w/app1.master_status.health", text); }
  std::string stop(std::vector<std::string> further = {}) {
    further.push_back("--conf=/etc/app1.cnf");
    return run(masterha_stop, further);
  }
};

TEST_F(Stop, ends_a_manager_with_its_children) {
  health("77\t0:PING_OK\tmaster:db1");
  processes.add(77, 77);
  processes.add(78, 77);
  EXPECT_EQ(stop(), "0 Stopped app1 successfully.\n");
  EXPECT_EQ(processes.sent, std::vector<std::string>{"15 to group 77"});
  EXPECT_EQ(stop(), "0 app1 is stopped(2:NOT_RUNNING).\n");
}

TEST_F(Stop, leaves_the_group_of_a_shell_alone) {
  health("77\t0:PING_OK\tmaster:db1");
  processes.add(70, 70);  // the shell
  processes.add(77, 70);
  EXPECT_EQ(stop(), "0 Stopped app1 successfully.\n");
  EXPECT_EQ(processes.sent, std::vector<std::string>{"15 to 77"});
  EXPECT_TRUE(processes.processes.contains(70));
}

TEST_F(Stop, never_signals_who_only_got_the_number) {
  health("77\t0:PING_OK\tmaster:db1");
  clock.advance(1h);
  processes.add(77, 77, clock.wall_now());
  EXPECT_EQ(stop({"--abort"}), "0 app1 is stopped(2:NOT_RUNNING).\n");
  EXPECT_TRUE(processes.sent.empty());
}

TEST_F(Stop, refuses_while_a_failover_runs) {
  health("77\t50:FAILOVER_RUNNING\tmaster:db1");
  processes.add(77, 77);
  EXPECT_EQ(stop(),
            "1 !app1 is failing over(50:FAILOVER_RUNNING) and is not stopped; --abort would do it.\n");
  EXPECT_TRUE(processes.sent.empty());
  EXPECT_EQ(stop({"--abort"}), "0 Stopped app1 successfully.\n");
}

TEST_F(Stop, waits_as_long_as_it_is_told) {
  health("77\t0:PING_OK\tmaster:db1");
  processes.add(77, 77).dies_of = {SIGKILL};
  TimePoint before = clock.now();
  EXPECT_EQ(stop(), "1 app1 still runs 5 seconds after it was told to stop.\nFailed to stop app1.\n");
  EXPECT_EQ(clock.now() - before, 5s);
  clock.call_at(clock.now() + 250ms, [this] { processes.processes.erase(77); });
  before = clock.now();
  EXPECT_EQ(stop({"--abort_timeout=1"}), "0 Stopped app1 successfully.\n");
  EXPECT_EQ(clock.now() - before, 300ms);
}

TEST_F(Stop, kills_only_with_abort) {
  health("77\t0:PING_OK\tmaster:db1");
  processes.add(77, 77).dies_of = {SIGKILL};
  EXPECT_EQ(stop({"--abort", "--abort_timeout=0"}),
            "0 app1 still runs 0 seconds after it was told to stop.\nForced stopped app1.\n");
  EXPECT_EQ(processes.sent, (std::vector<std::string>{"15 to group 77", "9 to group 77"}));
  processes.add(77, 77).dies_of = {};
  EXPECT_EQ(stop({"--abort", "--abort_timeout=-3"}),
            "1 app1 still runs 0 seconds after it was told to stop.\nFailed to stop app1.\n");
}

TEST_F(Stop, ends_what_a_lost_manager_left) {
  health("77\t0:PING_OK\tmaster:db1");
  processes.add(78, 77);
  EXPECT_EQ(stop(), "0 Stopped app1 successfully.\n");
}

TEST_F(Stop, says_what_is_in_the_way) {
  health("77\t0:PING_OK\tmaster:db1");
  processes.add(77, 77).foreign = true;
  EXPECT_EQ(stop(), "1 !signal process: Operation not permitted\n");
  health("");
  EXPECT_EQ(stop(), "1 !/w/app1.master_status.health is empty\n");
}

// A child that leads its own process group, as a manager does, and dies of SIGTERM.
int start_leader() {
  int pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    for (;;) ::pause();
  }
  ::setpgid(pid, pid);
  return pid;
}

TEST(StopForReal, a_process_is_found_ended_and_then_gone) {
  char directory[] = "/tmp/tanist-stop-XXXXXX";
  ASSERT_TRUE(::mkdtemp(directory));
  sys::Reactor reactor;
  sys::PosixFiles files;
  sys::PosixProcessTable processes;
  std::string out, err;
  World world{reactor,
              files,
              processes,
              {},
              [&](std::string_view text) { out += text; },
              [&](std::string_view text) { err += text; }};
  int pid = start_leader();
  StatusFile status(files, health_path(directory, "app1"), pid);
  ASSERT_TRUE(status.write(ManagerState::ping_ok, "db1"));

  const std::vector<std::string> args{"--app=app1", "--status_dir=" + std::string(directory)};
  EXPECT_EQ(reactor.run(masterha_check_status(args, world)), 0);
  EXPECT_EQ(reactor.run(masterha_stop(args, world)), 0);
  EXPECT_EQ(reactor.run(masterha_check_status(args, world)), 2);
  EXPECT_EQ(out, "app1 (pid:" + std::to_string(pid) + ") is running(0:PING_OK), master:db1\n" +
                     "Stopped app1 successfully.\napp1 is stopped(2:NOT_RUNNING).\n");
  EXPECT_EQ(err, "");
  int how = 0;
  ::waitpid(pid, &how, 0);
  EXPECT_EQ(WTERMSIG(how), SIGTERM);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tanist::compat

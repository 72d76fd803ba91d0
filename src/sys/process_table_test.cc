#include "sys/process_table.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tanist::sys {
namespace {

// A child in a process group of its own that waits for a signal.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      ::pause();
      ::_exit(0);
    }
    ::setpgid(pid_, pid_);
  }
  ~Sleeper() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  int pid() const { return pid_; }
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }
  void become_zombie() {
    ::kill(pid_, SIGKILL);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }

 private:
  pid_t pid_;
};

TEST(ProcessTable, knows_who_lives) {
  PosixProcessTable table;
  Sleeper sleeper;
  auto facts = table.find(sleeper.pid());
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->group, sleeper.pid());
  auto age = std::chrono::system_clock::now() - facts->started;
  EXPECT_LT(age, std::chrono::minutes(5));
  EXPECT_GT(age, -std::chrono::seconds(2));  // the boot time is in whole seconds
  EXPECT_EQ(table.group_members(sleeper.pid()), std::vector<int>{sleeper.pid()});

  sleeper.become_zombie();
  EXPECT_FALSE(table.find(sleeper.pid()));
  EXPECT_TRUE(table.group_members(sleeper.pid()).empty());
}

TEST(ProcessTable, signals_processes_and_groups) {
  PosixProcessTable table;
  Sleeper one, two;
  EXPECT_TRUE(table.signal_process(one.pid(), SIGTERM));
  EXPECT_EQ(WTERMSIG(one.wait()), SIGTERM);
  int pid = two.pid();
  EXPECT_TRUE(table.signal_group(pid, SIGKILL));
  EXPECT_EQ(WTERMSIG(two.wait()), SIGKILL);
  EXPECT_EQ(table.signal_group(pid, SIGTERM).error().code, Errc::not_found);
}

TEST(ProcessTable, numbers_that_mean_everybody_are_nobody) {
  PosixProcessTable table;
  EXPECT_FALSE(table.find(0));
  EXPECT_FALSE(table.find(-1));
  EXPECT_EQ(table.signal_process(0, 0).error().code, Errc::invalid);
  EXPECT_EQ(table.signal_process(-1, 0).error().code, Errc::invalid);
  EXPECT_EQ(table.signal_group(1, 0).error().code, Errc::invalid);
  EXPECT_EQ(table.signal_group(0, 0).error().code, Errc::invalid);
}

}  // namespace
}  // namespace tanist::sys

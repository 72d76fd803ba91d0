#include "hooks/shell_runner.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "sys/memory_log.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"
#include "sys/temporary_directory.h"

namespace tanist::hooks {
namespace {

using namespace std::chrono_literals;

class ShellRunnerTest : public testing::Test {
 protected:
  // A script file of the user, and the call of it.
  Call script(const std::string& body, Duration limit = 20s) {
    std::string path = directory.file("hook.sh");
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return {.script = path, .arguments = {}, .deadline = reactor.now() + limit};
  }
  Outcome run(Call call) {
    Outcome outcome;
    auto main = [](ShellRunner& with, Call what, Outcome& out) -> sys::Task<int> {
      out = co_await with.run(std::move(what));
      co_return 0;
    };
    reactor.run(main(runner, std::move(call), outcome));
    return outcome;
  }
  std::string logged() const {
    std::string all;
    for (const std::string& record : log.records) all += record;
    return all;
  }

  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-hooks-");
  sys::Reactor reactor;
  sys::PosixProcesses processes{reactor};
  sys::MemoryLog log;
  ShellRunner runner{processes, reactor, log};
};

TEST_F(ShellRunnerTest, what_a_hook_prints_is_in_the_log_and_its_code_in_the_outcome) {
  auto outcome = run(script("echo out; echo err >&2; exit 10"));
  EXPECT_EQ(outcome.what, "return code 10:0");
  EXPECT_FALSE(outcome.ok());
  EXPECT_NE(logged().find("out\n"), std::string::npos);
  EXPECT_NE(logged().find("err\n"), std::string::npos);
}

TEST_F(ShellRunnerTest, a_signal_is_told_apart_from_a_code) {
  Call call = script("");
  call.script = "kill -9 $$ ; true";
  EXPECT_EQ(run(call).what, "return code 0:9");
}

TEST_F(ShellRunnerTest, nobody_waits_for_input) {
  auto outcome = run(script("read answer || echo 'end of input'"));
  EXPECT_TRUE(outcome.ok()) << outcome.what;
  EXPECT_EQ(logged(), "end of input\n");
}

TEST_F(ShellRunnerTest, a_hook_that_hangs_is_ended_with_all_it_started) {
  std::string pids = directory.file("pids");
  auto outcome = run(script("sleep 1000 & echo $! >" + pids + "; echo $$ >>" + pids + "; wait", 500ms));
  EXPECT_TRUE(outcome.status.ended_by_us);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.what.substr(0, 15), "ended by us aft") << outcome.what;
  // Killed is not yet gone, on a busy machine.
  auto all_gone = [&] {
    std::ifstream in(pids);
    for (int pid; in >> pid;) {
      if (std::filesystem::exists("/proc/" + std::to_string(pid) + "/exe")) return false;
    }
    return true;
  };
  TimePoint limit = reactor.now() + 10s;
  while (!all_gone() && reactor.now() < limit) std::this_thread::yield();
  EXPECT_TRUE(all_gone());
}

TEST_F(ShellRunnerTest, a_daemon_left_behind_does_not_look_like_a_hanging_hook) {
  std::string pid_file = directory.file("pid");
  auto outcome = run(script("sleep 1000 & echo $! >" + pid_file));
  EXPECT_TRUE(outcome.ok()) << outcome.what;
  std::ifstream in(pid_file);
  int pid = 0;
  in >> pid;
  EXPECT_GT(pid, 0);
  if (pid > 0) ::kill(pid, SIGKILL);
}

TEST_F(ShellRunnerTest, the_password_arrives_as_the_contract_says_and_is_not_logged) {
  Call call = script("printf '%s' \"$1\" >" + directory.file("got"));
  call.arguments = {{.name = "new_master_password", .value = "a&b'c\\d$e f", .secret = true, .quoted = true}};
  EXPECT_TRUE(run(call).ok());
  std::ifstream in(directory.file("got"));
  std::string got(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(got, "--new_master_password=a\\&b'c\\\\d\\$e\\ f");
  EXPECT_TRUE(log.records.empty());
}

TEST_F(ShellRunnerTest, a_missing_script_is_a_bad_outcome) {
  auto outcome = run({.script = "/no/such/script", .arguments = {}, .deadline = reactor.now() + 20s});
  EXPECT_EQ(outcome.what, "return code 127:0");
  EXPECT_NE(logged().find("/no/such/script"), std::string::npos);
}

}  // namespace
}  // namespace tanist::hooks

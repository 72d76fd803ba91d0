#include "sys/posix_processes.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "sys/environment.h"
#include "sys/reactor.h"
#include "sys/temporary_directory.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;

class PosixProcessesTest : public testing::Test {
 protected:
  ProcessSpec shell(std::string script, Duration limit = 20s) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", std::move(script)};
    spec.deadline = reactor.now() + limit;
    return spec;
  }
  Result<ProcessResult> run(ProcessSpec spec) {
    Result<ProcessResult> result;
    auto main = [](Processes& all, ProcessSpec what, Result<ProcessResult>& out) -> Task<int> {
      out = co_await all.run(std::move(what));
      co_return 0;
    };
    reactor.run(main(processes, std::move(spec), result));
    return result;
  }
  // Starts a child and lets a story talk with it.
  template <class Story>
  void talk(ProcessSpec spec, Story story) {
    auto main = [](Reactor& loop, Processes& all, ProcessSpec what, Story& inner) -> Task<int> {
      auto child = all.start(std::move(what));
      EXPECT_TRUE(child);
      co_await inner(**child);
      int pid = (*child)->pid();
      child->reset();
      TimePoint limit = loop.now() + 10s;
      while (::kill(pid, 0) == 0 && loop.now() < limit) co_await sleep_for(loop, 1ms);
      // What was woken by its end takes a turn of the loop each to end itself.
      for (int turn = 0; turn < 5; ++turn) co_await sleep_until(loop, loop.now());
      co_return ::kill(pid, 0);
    };
    EXPECT_NE(reactor.run(main(reactor, processes, std::move(spec), story)), 0) << "the child lives on";
  }

  Reactor reactor;
  PosixProcesses processes{reactor};
};

TEST_F(PosixProcessesTest, nothing_that_was_started_outlives_it) {
  auto others = std::make_unique<PosixProcesses>(reactor);
  int pid = 0;
  ProcessSpec spec = shell("echo $$; exec sleep 1000", 1h);
  spec.on_output = [&](std::string_view text) {
    pid = std::stoi(std::string(text));
    reactor.end(0);
  };
  auto main = [](Processes& all, ProcessSpec what) -> Task<int> {
    co_await all.run(std::move(what));
    co_return 1;
  };
  EXPECT_EQ(reactor.run(main(*others, std::move(spec))), 0);
  others.reset();
  int raw = 0;
  EXPECT_EQ(::waitpid(pid, &raw, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(raw) && WTERMSIG(raw) == SIGKILL);
}

TEST_F(PosixProcessesTest, keeps_output_errors_and_exit_code_apart) {
  auto result = run(shell("echo out; echo err >&2; exit 10"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->status.code, 10);
  EXPECT_EQ(result->status.signal, 0);
  EXPECT_FALSE(result->status.ended_by_us);
}

TEST_F(PosixProcessesTest, whole_files_are_read_and_written_by_the_program_itself) {
  auto directory = *TemporaryDirectory::make(testing::TempDir(), "tanist-processes-");
  std::string text(300'000, 'x');
  std::ofstream(directory.file("in")) << text;
  ProcessSpec copy = shell("cat; echo err >&2");
  copy.stdin_file = directory.file("in");
  copy.stdout_file = directory.file("out");
  auto result = run(copy);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_TRUE(result->status.ok());
  EXPECT_EQ(result->output, "");
  EXPECT_EQ(result->errors, "err\n");
  std::ifstream out(directory.file("out"));
  EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(out), {}) == text);

  auto again = run(copy);
  ASSERT_FALSE(again) << "a file that is there is not written over";
  EXPECT_EQ(again.error().what, "start /bin/sh: create " + directory.file("out") + ": File exists");
  copy.stdin_file = directory.file("missing");
  EXPECT_EQ(run(copy).error().code, Errc::not_found);
}

TEST_F(PosixProcessesTest, a_signal_is_not_an_exit_code) {
  auto result = run(shell("kill -TERM $$"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status.signal, SIGTERM);
  EXPECT_FALSE(result->status.ok());
}

TEST_F(PosixProcessesTest, a_missing_program_is_an_error_that_names_it) {
  ProcessSpec spec = shell("");
  spec.argv = {"/no/such/program"};
  auto result = run(spec);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::not_found);
  EXPECT_EQ(result.error().number, ENOENT);
  EXPECT_NE(result.error().what.find("/no/such/program"), std::string::npos);
}

TEST_F(PosixProcessesTest, input_larger_than_a_pipe_passes_through) {
  ProcessSpec spec = shell("cat");
  spec.stdin_text.assign(3'000'000, 'x');
  auto result = run(spec);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, spec.stdin_text);
}

TEST_F(PosixProcessesTest, unread_input_is_no_error) {
  ProcessSpec spec = shell("exit 3");
  spec.stdin_text.assign(3'000'000, 'x');
  auto result = run(spec);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status.code, 3);
}

TEST_F(PosixProcessesTest, output_beyond_the_limit_is_dropped_and_the_child_goes_on) {
  auto result = run(shell("head -c 20000000 /dev/zero; echo end >&2"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output.size(), 16U << 20);
  EXPECT_EQ(result->errors, "end\n");
}

TEST_F(PosixProcessesTest, merged_output_keeps_its_order) {
  std::string seen;
  ProcessSpec spec = shell("echo 1; echo 2 >&2; echo 3");
  spec.on_output = [&](std::string_view piece) { seen += piece; };
  auto result = run(spec);
  ASSERT_TRUE(result);
  EXPECT_EQ(seen, "1\n2\n3\n");
  EXPECT_EQ(result->output, "");
}

TEST_F(PosixProcessesTest, the_environment_is_ours_plus_the_extra) {
  ProcessSpec spec = shell("echo $SECRET-$HOME-$LANG");
  ::setenv("HOME", "/home/of/test", 1);
  spec.extra_env = {{"SECRET", "s 3"}, {"LANG", "xx"}};
  EXPECT_EQ(run(spec)->output, "s 3-/home/of/test-xx\n");
}

TEST_F(PosixProcessesTest, what_we_set_for_ourselves_is_not_inherited) {
  ::setenv("TANIST_TEST_OLD", "before", 1);
  for (const char* name : {"TANIST_TEST_OLD", "TANIST_TEST_NEW"}) set_for_us_only(name, "for us");
  EXPECT_EQ(run(shell("echo $TANIST_TEST_OLD-$TANIST_TEST_NEW"))->output, "before-\n");
  EXPECT_STREQ(std::getenv("TANIST_TEST_OLD"), "for us");
}

TEST_F(PosixProcessesTest, at_the_deadline_the_whole_group_dies) {
  TimePoint start = reactor.now();
  auto result = run(shell("sleep 100 & echo $!; wait", 200ms));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->status.ended_by_us);
  EXPECT_EQ(result->status.signal, SIGKILL);
  EXPECT_LT(reactor.now() - start, 10s);
  // Our grandchild was re-parented; it is gone as soon as a processor was free for its end and its new parent reaped it.
  const std::string ask = "ps -o stat= -p " + std::to_string(std::stoi(result->output)) + " || echo gone";
  std::string state;
  do {
    state = run(shell(ask))->output;
  } while (!state.starts_with("Z") && !state.starts_with("gone") && reactor.now() - start < 60s);
  EXPECT_TRUE(state.starts_with("Z") || state.starts_with("gone")) << state;
}

TEST_F(PosixProcessesTest, a_background_grandchild_does_not_hold_us) {
  TimePoint start = reactor.now();
  auto result = run(shell("sleep 5 & echo started"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "started\n");
  EXPECT_LT(reactor.now() - start, 3s);
}

TEST_F(PosixProcessesTest, a_noisy_background_grandchild_does_not_hold_us_either) {
  auto result = run(shell("timeout 5 yes & exit 7"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status.code, 7);
}

TEST_F(PosixProcessesTest, several_run_at_once) {
  TimePoint start = reactor.now();
  std::vector<std::string> outputs;
  std::vector<Task<Result<ProcessResult>>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(processes.run(shell("sleep 0.3; echo " + std::to_string(i))));
  auto main = [](std::vector<Task<Result<ProcessResult>>>& all, std::vector<std::string>& out) -> Task<int> {
    auto results = co_await when_all(std::move(all));
    for (auto& result : results) out.push_back(result->output);
    co_return 0;
  };
  reactor.run(main(tasks, outputs));
  EXPECT_EQ(outputs, (std::vector<std::string>{"0\n", "1\n", "2\n", "3\n", "4\n"}));
  EXPECT_LT(reactor.now() - start, 1400ms);
}

TEST_F(PosixProcessesTest, a_child_is_talked_with_line_by_line) {
  talk(shell("echo ready >&2; while read line; do echo \"<$line>\"; done; printf tail; exit 4"),
       [&](Child& child) -> Task<void> {
         TimePoint limit = reactor.now() + 10s;
         for (std::string word : {"one", "two"}) {
           auto sent = co_await child.write(word + "\n", limit);
           EXPECT_TRUE(sent);
           auto line = co_await child.read_line(limit);
           EXPECT_EQ(line.value(), "<" + word + ">");
         }
         auto nothing = co_await child.read_line(reactor.now() + 2ms);
         EXPECT_EQ(nothing.error().code, Errc::timeout);
         child.close_stdin();
         auto tail = co_await child.read_line(limit);
         EXPECT_EQ(tail.value(), "tail");
         auto end = co_await child.read_line(limit);
         EXPECT_EQ(end.error().code, Errc::not_found);
         ExitStatus status = co_await child.wait(limit);
         EXPECT_EQ(status.code, 4);
         EXPECT_EQ(child.errors(), "ready\n");
         auto late = co_await child.write("x", limit);
         EXPECT_FALSE(late);
       });
}

TEST_F(PosixProcessesTest, a_child_dies_with_its_owner) {
  int pid = 0;
  talk(shell("exec sleep 100"), [&](Child& child) -> Task<void> {
    pid = child.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
    co_return;
  });
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(PosixProcessesTest, children_inherit_none_of_our_descriptors) {
  int leak = ::dup(0);
  EXPECT_EQ(run(shell("ls /proc/self/fd | wc -l"))->output, "4\n");  // the three and the one that ls opens
  ::close(leak);
}

}  // namespace
}  // namespace tanist::sys

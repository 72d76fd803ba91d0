#include "remote/openssh.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "remote/test_sshd.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/posix_processes.h"
#include "sys/reactor.h"

namespace tanist::remote {
namespace {

using namespace std::chrono_literals;

class OpenSshTest : public testing::Test {
 protected:
  // Runs a story to its end; every story has a reactor's full attention and all servers are its own.
  template <class Story>
  void tell(Story story) {
    auto main = [](OpenSshTest& test, Story& inner) -> sys::Task<int> {
      auto started = co_await TestSshd::start(test.reactor, test.processes, test.directory);
      if (started) test.sshd = std::move(*started);
      EXPECT_TRUE(started) << (started ? "" : started.error().what);
      if (started) co_await inner();
      co_await test.ssh->close_all(test.within(5s));
      if (test.sshd) co_await test.sshd->stop();
      test.ssh.reset();
      test.sshd.reset();
      co_await test.all_children_ended();
      co_return 0;
    };
    reactor.run(main(*this, story));
  }

  // What waits for them must end before the loop does.
  sys::Task<void> all_children_ended() {
    std::string pid = std::to_string(::getpid()), children = "/proc/" + pid + "/task/" + pid + "/children";
    TimePoint limit = within(60s);
    while (!content(children).empty() && reactor.now() < limit) co_await sys::sleep_for(reactor, 1ms);
    EXPECT_EQ(content(children), "");
    for (int turn = 0; turn < 5; ++turn) co_await sys::sleep_until(reactor, reactor.now());
  }

  TimePoint within(Duration limit) const { return reactor.now() + limit; }
  // Words, not a list of them: g++ 12 cannot keep a list across co_await.
  template <class... Words>
  Command command(Words... words) const {
    Command made;
    (made.argv.emplace_back(std::move(words)), ...);
    made.deadline = within(60s);
    return made;
  }
  Host host() const { return sshd->host(); }
  // What a command wrote to stdout, or why there is nothing.
  static std::string said(const Result<sys::ProcessResult>& result) {
    return result ? result->output : "error: " + result.error().what;
  }
  std::string file(const std::string& name) const { return directory.file(name); }
  std::string written(const std::string& name, const std::string& content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }
  // The node program of this computer, and an empty work directory for the other one.
  void lay_out_our_node() const {
    written("our-node", "#!/bin/sh\necho tanist-node version 9.9.9 for tests.\n");
    std::filesystem::permissions(node_binary, std::filesystem::perms::owner_all);
    std::filesystem::create_directory(file("work"));
  }
  // As a manager that starts later: with nothing remembered.
  void begin_anew() { ssh = opened(); }
  std::unique_ptr<OpenSsh> opened() {
    return std::move(*OpenSsh::open({processes, reactor, files, entropy}, directory.path(), node_binary));
  }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode_of(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777;
  }
  // Processes that have our sockets' directory on their command line.
  std::vector<int> ssh_processes() const {
    std::vector<int> pids;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::string line = content(entry.path() / "cmdline");
      if (line.find(directory.path() + "/ssh-") != std::string::npos)
        pids.push_back(std::stoi(entry.path().filename()));
    }
    return pids;
  }
  // The names that begin like temporary files of ours.
  std::vector<std::string> leftovers() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      std::string name = entry.path().filename();
      if (name.find(".tanist-") != std::string::npos) found.push_back(name);
    }
    return found;
  }

  sys::Reactor reactor;
  sys::PosixProcesses processes{reactor};
  sys::PosixFiles files;
  sys::PosixEntropy entropy;
  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make("/tmp", "tst-");
  std::string node_binary = directory.file("our-node");
  std::unique_ptr<OpenSsh> ssh = opened();
  std::unique_ptr<TestSshd> sshd;
};

TEST_F(OpenSshTest, a_command_gets_its_words_and_its_stdin_and_gives_output_errors_and_code) {
  tell([this]() -> sys::Task<void> {
    auto given = command("sh", "-c", "cat; printf '%s' \"$1\"; echo oops >&2; exit 10", "sh", "it's $HOME");
    given.stdin_text = "from stdin\n";
    auto result = co_await ssh->run(host(), std::move(given));
    EXPECT_TRUE(result);
    if (!result) co_return;
    EXPECT_EQ(result->output, "from stdin\nit's $HOME");
    EXPECT_EQ(result->errors, "oops\n");
    EXPECT_EQ(result->status.code, 10);
  });
}

TEST_F(OpenSshTest, output_comes_as_it_is_written) {
  tell([this]() -> sys::Task<void> {
    std::string seen;
    auto given = command("sh", "-c", "echo one; echo two >&2; exit 255");
    given.on_output = [&seen](std::string_view text) { seen += text; };
    auto result = co_await ssh->run(host(), std::move(given));
    EXPECT_TRUE(result);
    EXPECT_TRUE(seen == "one\ntwo\n" || seen == "two\none\n") << seen;
  });
}

TEST_F(OpenSshTest, a_commands_own_255_is_a_result) {
  tell([this]() -> sys::Task<void> {
    auto result = co_await ssh->run(host(), command("sh", "-c", "echo bad >&2; exit 255"));
    EXPECT_TRUE(result);
    if (!result) co_return;
    EXPECT_EQ(result->status.code, 255);
    EXPECT_EQ(result->errors, "bad\n");
  });
}

TEST_F(OpenSshTest, a_closed_port_a_wrong_key_and_silence_are_told_apart) {
  tell([this]() -> sys::Task<void> {
    Host closed = host();
    closed.port = TestSshd::free_port();
    auto refused = co_await ssh->connect(closed, within(60s));
    EXPECT_EQ(refused.error().code, Errc::unreachable);
    EXPECT_NE(refused.error().what.find("Connection refused"), std::string::npos) << refused.error().what;

    Host stranger = host();
    stranger.options.insert(stranger.options.begin(), {"-o", "PubkeyAuthentication=no"});
    auto denied = co_await ssh->connect(stranger, within(60s));
    EXPECT_EQ(denied.error().code, Errc::unreachable);
    EXPECT_NE(denied.error().what.find("Permission denied"), std::string::npos) << denied.error().what;

    // Frozen, its kernel still accepts: as a host does that hangs.
    ::kill(sshd->pid(), SIGSTOP);
    auto silent = co_await ssh->connect(host(), within(300ms));
    ::kill(sshd->pid(), SIGCONT);
    EXPECT_EQ(silent.error().code, Errc::timeout);
  });
}

TEST_F(OpenSshTest, all_commands_share_one_connection) {
  tell([this]() -> sys::Task<void> {
    std::vector<sys::Task<Result<sys::ProcessResult>>> all;
    for (int i = 0; i < 8; ++i) all.push_back(ssh->run(host(), command("echo", std::to_string(i))));
    auto results = co_await sys::when_all(std::move(all));
    for (int i = 0; i < 8; ++i) EXPECT_EQ(said(results[i]), std::to_string(i) + "\n");
    EXPECT_EQ(ssh_processes().size(), 1u) << "only the holder is left";
    EXPECT_EQ(sshd->sessions().size(), 1u);
  });
}

TEST_F(OpenSshTest, more_commands_at_once_than_one_connection_takes) {
  tell([this]() -> sys::Task<void> {
    // Each says that it runs and waits for all the others.
    std::string script =
        "touch started.$1; until [ $(ls started.* | wc -l) -eq 14 ]; do sleep 0.2; done; echo done";
    std::vector<sys::Task<Result<sys::ProcessResult>>> all;
    for (int i = 0; i < 14; ++i) {
      all.push_back(ssh->run(
          host(), command("sh", "-c", "cd " + directory.path() + "; " + script, "sh", std::to_string(i))));
    }
    auto results = co_await sys::when_all(std::move(all));
    for (const auto& result : results) EXPECT_EQ(said(result), "done\n");
  });
}

TEST_F(OpenSshTest, a_command_is_ended_at_its_deadline_here_and_there) {
  tell([this]() -> sys::Task<void> {
    auto warm = co_await ssh->connect(host(), within(60s));
    EXPECT_TRUE(warm);
    auto given = command("sh", "-c", "echo $$ >" + file("pid") + "; exec sleep 60");
    given.deadline = within(1s);
    auto result = co_await ssh->run(host(), std::move(given));
    EXPECT_TRUE(result);
    if (!result) co_return;
    EXPECT_TRUE(result->status.ended_by_us);
    std::string process = "/proc/" + std::string(trim(content(file("pid")))) + "/exe";
    EXPECT_GT(process.size(), std::string("/proc//exe").size());
    TimePoint limit = within(60s);
    while (std::filesystem::exists(process) && reactor.now() < limit) co_await sys::sleep_for(reactor, 10ms);
    EXPECT_FALSE(std::filesystem::exists(process)) << "what we gave up does not go on there";
    auto next = co_await ssh->run(host(), command("echo", "alive"));
    EXPECT_TRUE(next);
  });
}

// What a killed sshd session, a rebooted host or a reset of the network does.
TEST_F(OpenSshTest, a_lost_connection_is_opened_anew) {
  tell([this]() -> sys::Task<void> {
    auto done1 = co_await ssh->connect(host(), within(60s));
    EXPECT_TRUE(done1);
    for (int pid : sshd->sessions()) ::kill(pid, SIGKILL);
    auto result = co_await ssh->run(host(), command("echo", "back"));
    EXPECT_EQ(said(result), "back\n");
  });
}

// A cut network, or a host that was switched off: nothing comes any more, not even a reset.
TEST_F(OpenSshTest, a_silent_connection_is_opened_anew_and_does_not_block) {
  tell([this]() -> sys::Task<void> {
    auto done2 = co_await ssh->connect(host(), within(60s));
    EXPECT_TRUE(done2);
    auto frozen = sshd->sessions();
    for (int pid : frozen) ::kill(pid, SIGSTOP);
    TimePoint start = reactor.now();
    auto again = co_await ssh->connect(host(), within(60s));
    EXPECT_TRUE(again) << again.error().what;
    EXPECT_LT(reactor.now() - start, 4s);
    EXPECT_EQ(sshd->sessions().size(), frozen.size() + 1) << "a second connection";
    for (int pid : frozen) ::kill(pid, SIGKILL);
  });
}

TEST_F(OpenSshTest, a_command_whose_connection_dies_is_an_error_not_a_result) {
  tell([this]() -> sys::Task<void> {
    auto done3 = co_await ssh->connect(host(), within(60s));
    EXPECT_TRUE(done3);
    auto given = command("sh", "-c", "echo begun; exec sleep 60");
    given.on_output = [this](std::string_view) {
      for (int pid : sshd->sessions()) ::kill(pid, SIGKILL);
    };
    auto result = co_await ssh->run(host(), std::move(given));
    EXPECT_FALSE(result);
    if (!result) {
      EXPECT_EQ(result.error().code, Errc::unreachable);
    }
  });
}

TEST_F(OpenSshTest, a_child_is_talked_with_and_ends_when_we_let_it_go) {
  tell([this]() -> sys::Task<void> {
    std::string ended = file("ended");
    auto given = command("sh", "-c", "while read line; do echo \"got $line\"; done; touch " + ended);
    auto child = co_await ssh->start(host(), std::move(given));
    EXPECT_TRUE(child);
    if (!child) co_return;
    auto done4 = co_await (*child)->write("one\n", within(60s));
    EXPECT_TRUE(done4);
    auto line = co_await (*child)->read_line(within(60s));
    EXPECT_EQ(line.value_or("none"), "got one");
    child->reset();
    TimePoint limit = within(60s);
    while (!std::filesystem::exists(ended) && reactor.now() < limit) co_await sys::sleep_for(reactor, 10ms);
    EXPECT_TRUE(std::filesystem::exists(ended));
  });
}

TEST_F(OpenSshTest, files_arrive_whole_and_private) {
  tell([this]() -> sys::Task<void> {
    std::string bytes;
    for (int i = 0; i < 3'000'000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
    std::string there = written("there with 'odd' name", bytes), here = file("here");
    auto fetched = co_await ssh->fetch(host(), there, here, within(60s));
    EXPECT_TRUE(fetched) << fetched.error().what;
    EXPECT_TRUE(content(here) == bytes);
    EXPECT_EQ(mode_of(here), 0600u);

    std::string target = file("sent $x");
    auto sent = co_await ssh->send(host(), here, target, 0640, within(60s));
    EXPECT_TRUE(sent) << sent.error().what;
    EXPECT_TRUE(content(target) == bytes);
    EXPECT_EQ(mode_of(target), 0640u);

    std::string empty = written("empty", "");
    auto done5 = co_await ssh->fetch(host(), empty, here, within(60s));
    EXPECT_TRUE(done5);
    EXPECT_EQ(content(here), "");
    EXPECT_TRUE(leftovers().empty());
  });
}

TEST_F(OpenSshTest, a_copy_that_fails_names_the_reason_and_leaves_nothing) {
  tell([this]() -> sys::Task<void> {
    auto missing = co_await ssh->fetch(host(), file("missing"), file("here"), within(60s));
    EXPECT_FALSE(missing);
    EXPECT_NE(missing.error().what.find("No such file"), std::string::npos) << missing.error().what;
    auto nowhere = co_await ssh->send(host(), written("some", "x"), "/no/such/dir/x", 0600, within(60s));
    EXPECT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().what.find("/no/such/dir"), std::string::npos) << nowhere.error().what;
    auto no_source = co_await ssh->send(host(), file("missing"), file("x"), 0600, within(60s));
    EXPECT_FALSE(no_source);
    EXPECT_TRUE(leftovers().empty());
    EXPECT_FALSE(std::filesystem::exists(file("here")));
  });
}

TEST_F(OpenSshTest, our_node_is_sent_once_and_found_again) {
  tell([this]() -> sys::Task<void> {
    lay_out_our_node();
    auto path = co_await ssh->node(host(), file("work"), within(60s));
    EXPECT_TRUE(path) << path.error().what;
    if (!path) co_return;
    EXPECT_TRUE(path->starts_with(file("work") + "/tanist-node-9.9.9-")) << *path;
    EXPECT_EQ(mode_of(*path), 0700u);
    auto first_written = std::filesystem::last_write_time(*path);
    auto again = co_await ssh->node(host(), file("work"), within(60s));
    EXPECT_EQ(again.value_or(""), *path);
    EXPECT_EQ(std::filesystem::last_write_time(*path), first_written);

    // Damaged there: sent again, though not by whoever has just found it sound.
    std::ofstream(*path) << "#!/bin/sh\nexit 1\n";
    begin_anew();
    auto repaired = co_await ssh->node(host(), file("work"), within(60s));
    EXPECT_EQ(repaired.value_or(""), *path);
    EXPECT_EQ(content(*path), content(node_binary));

    auto nowhere = co_await ssh->node(host(), "/no/such/dir", within(60s));
    EXPECT_FALSE(nowhere);
  });
}

TEST_F(OpenSshTest, a_node_that_somebody_else_laid_out_is_not_run) {
  tell([this]() -> sys::Task<void> {
    lay_out_our_node();
    auto path = co_await ssh->node(host(), file("work"), within(60s));
    EXPECT_TRUE(path) << path.error().what;
    if (!path) co_return;
    written("theirs", "#!/bin/sh\ntouch " + file("was-run") + "\necho tanist-node version 9.9.9 for tests.\n");
    std::filesystem::permissions(file("theirs"), std::filesystem::perms::owner_all);
    std::filesystem::remove(*path);
    std::filesystem::create_symlink(file("theirs"), *path);
    begin_anew();
    auto again = co_await ssh->node(host(), file("work"), within(60s));
    EXPECT_EQ(again.value_or(""), *path);
    EXPECT_FALSE(std::filesystem::exists(file("was-run")));
    EXPECT_FALSE(std::filesystem::is_symlink(*path));
    EXPECT_EQ(content(*path), content(node_binary));
  });
}

TEST_F(OpenSshTest, our_node_missing_here_is_said) {
  tell([this]() -> sys::Task<void> {
    auto path = co_await ssh->node(host(), "/tmp", within(60s));
    EXPECT_FALSE(path);
    EXPECT_NE(path.error().what.find(node_binary), std::string::npos) << path.error().what;
  });
}

TEST_F(OpenSshTest, nothing_is_left_after_the_end) {
  tell([this]() -> sys::Task<void> {
    auto done6 = co_await ssh->connect(host(), within(60s));
    EXPECT_TRUE(done6);
    EXPECT_EQ(ssh_processes().size(), 1u);
    EXPECT_EQ(mode_of(file("")), 0700u);
    co_await ssh->close_all(within(5s));
    EXPECT_TRUE(ssh_processes().empty());
    auto done7 = co_await sshd->all_sessions_ended(within(5s));
    EXPECT_TRUE(done7);
  });
}

TEST_F(OpenSshTest, a_run_directory_with_too_long_a_name_is_refused) {
  std::string deep = file(std::string(90, 'd'));
  std::filesystem::create_directory(deep);
  auto opened = OpenSsh::open({processes, reactor, files, entropy}, deep, node_binary);
  EXPECT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::invalid);
  EXPECT_TRUE(std::filesystem::is_empty(deep));
}

}  // namespace
}  // namespace tanist::remote

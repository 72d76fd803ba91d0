#include <gtest/gtest.h>

#include <set>

#include "compat/masterha_manager.h"
#include "remote/fake_shell.h"
#include "sys/manual_clock.h"
#include "sys/memory_files.h"
#include "sys/memory_log.h"
#include "sys/seeded_entropy.h"

namespace tanist::compat {
namespace {

class NoServers : public mysql::Connector {
 public:
  sys::Task<mysql::Answer<std::unique_ptr<mysql::Session>>> connect(mysql::Endpoint, mysql::Credentials,
                                                                    TimePoint) override {
    ADD_FAILURE() << "ssh is checked without any server";
    co_return tl::unexpected(mysql::Failure{});
  }
};

// What it logs outlives the log that the command opens.
class RememberingLog : public sys::MemoryLog {
 public:
  explicit RememberingLog(std::string& all) : all_(all) {}
  ~RememberingLog() override {
    for (const std::string& record : records) all_ += record + "\n";
  }

 private:
  std::string& all_;
};

class CheckSshTest : public testing::Test {
 protected:
  CheckSshTest() {
    (void)files.replace(
        "/app1.cnf",
        "[server default]\nssh_user=ha\n[server1]\nhostname=db1\n[server2]\nhostname=db2\n"
        "ssh_port=2222\n[server3]\nhostname=db3\nskip_init_ssh_check=1\n[binlog1]\nhostname=db4\n");
  }
  // The exit code, in front of what was printed and logged.
  std::string check(std::vector<std::string> args) {
    std::optional<int> code;
    auto main = [&]() -> sys::Task<void> { code = co_await masterha_check_ssh(std::move(args), outside); };
    sys::start_detached(main());
    clock.run_until_idle();
    return (code ? std::to_string(*code) : "never ended") + "\n" + printed + logged;
  }

  sys::ManualClock clock;
  sys::MemoryFiles files{clock};
  sys::SeededEntropy entropy{1};
  NoServers servers;
  sys::Event stop{clock};
  std::string printed, logged;
  std::set<std::string> unreachable;
  std::vector<std::string> hops;
  manager::Outside outside{.clock = clock,
                           .files = files,
                           .entropy = entropy,
                           .mysql = servers,
                           .config = {.read = [this](const std::string& path) { return files.read(path); },
                                      .resolve = [](std::string host) -> sys::Task<Result<std::string>> {
                                        co_return "10.0.0." + host.substr(2);
                                      },
                                      .run_script = {},
                                      .login_name = "root"},
                           .open_log =
                               [this](const std::string& path, sys::Level least) {
                                 EXPECT_EQ(path, "") << "always to stderr";
                                 EXPECT_EQ(least, sys::Level::debug);
                                 return std::make_unique<RememberingLog>(logged);
                               },
                           .open_journal = {},
                           .lock_cluster = {},
                           .open_shell =
                               [this](sys::Log&) {
                                 auto shell = std::make_unique<remote::FakeShell>(
                                     [this](const remote::Host& from, const remote::Command& to) {
                                       hops.push_back(from.name + " to " + to.argv[to.argv.size() - 2]);
                                       return Result<sys::ProcessResult>(sys::ProcessResult{});
                                     });
                                 shell->unreachable = unreachable;
                                 return shell;
                               },
                           .open_hooks = {},
                           .stop = stop,
                           .pid = 1,
                           .host_name = "manager",
                           .out = [this](std::string_view text) { printed += text; },
                           .err = [this](std::string_view text) { printed += text; },
                           .ask_line = {}};
};

TEST_F(CheckSshTest, passes_with_mhas_lines) {
  EXPECT_EQ(check({"--conf=/app1.cnf", "--global_conf=/none"}).substr(0, 2), "0\n");
  std::string lines =
      "[info] Starting SSH connection tests..\n"
      "[debug]  Connecting via SSH from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:2222)..\n[debug]    ok.\n"
      "[debug]  Connecting via SSH from ha@db2(10.0.0.2:2222) to ha@db1(10.0.0.1:22)..\n[debug]    ok.\n"
      "[info] All SSH connection tests passed successfully.\n";
  EXPECT_TRUE(logged.ends_with(lines)) << logged;
  EXPECT_EQ(hops, (std::vector<std::string>{"db1 to ha@10.0.0.2", "db2 to ha@10.0.0.1"}))
      << "neither binlog servers nor hosts with skip_init_ssh_check";
}

TEST_F(CheckSshTest, a_failure_ends_with_1) {
  unreachable = {"db2"};
  EXPECT_EQ(check({"--conf=/app1.cnf"}).substr(0, 2), "1\n");
  EXPECT_NE(logged.find("[error] SSH connection from here to ha@db2(10.0.0.2:2222) failed!"),
            std::string::npos)
      << logged;
  EXPECT_TRUE(logged.ends_with("[error] SSH Configuration Check Failed!\n")) << logged;
}

TEST_F(CheckSshTest, without_a_file_or_with_one_that_cannot_be_read) {
  EXPECT_EQ(check({}), "1\n--conf=<server_config_file> must be set.\n");
  printed.clear();
  EXPECT_EQ(check({"--conf=/missing.cnf"}).substr(0, 2), "2\n") << printed;
  EXPECT_NE(printed.find("/missing.cnf"), std::string::npos) << printed;
  EXPECT_TRUE(hops.empty());
}

}  // namespace
}  // namespace tanist::compat

#include <gtest/gtest.h>

#include "compat/test_outside.h"

namespace tanist::compat {
namespace {

class CheckSshTest : public ShellCommandTest {
 protected:
  CheckSshTest() {
    (void)files.replace(
        "/app1.cnf",
        "[server default]\nssh_user=ha\n[server1]\nhostname=db1\n[server2]\nhostname=db2\n"
        "ssh_port=2222\n[server3]\nhostname=db3\nskip_init_ssh_check=1\n[binlog1]\nhostname=db4\n");
    on_command = [this](const remote::Host& from, const remote::Command& to) {
      hops.push_back(from.name + " to " + to.argv[to.argv.size() - 2]);
      return Result<sys::ProcessResult>(sys::ProcessResult{});
    };
  }
  // The exit code, in front of what was printed and logged.
  std::string check(std::vector<std::string> args) {
    auto code = run(masterha_check_ssh, std::move(args));
    return (code ? std::to_string(*code) : "never ended") + "\n" + printed + logged;
  }

  std::vector<std::string> hops;
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

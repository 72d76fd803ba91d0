#include <gtest/gtest.h>

#include <algorithm>

#include "compat/test_outside.h"
#include "remote/test_hops.h"

namespace tanist::compat {
namespace {

class CheckSshTest : public ShellCommandTest {
 protected:
  CheckSshTest() {
    (void)files.replace(
        "/app1.cnf",
        "[server default]\nssh_user=ha\n[server1]\nhostname=db1\n[server2]\nhostname=db2\n"
        "ssh_port=2222\n[server3]\nhostname=db3\nskip_init_ssh_check=1\n[binlog1]\nhostname=db4\n");
    on_command = [this](const remote::Host& from, const remote::Command& told) { return hops.run(from, told); };
  }
  // The exit code, in front of what was printed and logged.
  std::string check(std::vector<std::string> args) {
    auto code = run(masterha_check_ssh, std::move(args));
    return (code ? std::to_string(*code) : "never ended") + "\n" + printed + logged;
  }

  remote::TestHops hops;
};

TEST_F(CheckSshTest, passes_with_mhas_lines) {
  EXPECT_EQ(check({"--conf=/app1.cnf", "--global_conf=/none"}).substr(0, 2), "0\n");
  std::string lines =
      "[info] Starting SSH connection tests..\n"
      "[debug]  Connecting via SSH from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:2222)..\n[debug]    ok.\n"
      "[debug]  Connecting via SSH from ha@db2(10.0.0.2:2222) to ha@db1(10.0.0.1:22)..\n[debug]    ok.\n"
      "[info] All SSH connection tests passed successfully.\n";
  EXPECT_TRUE(logged.ends_with(lines)) << logged;
  const std::string tried = hops.tried();
  EXPECT_EQ(std::count(tried.begin(), tried.end(), '\n'), 2)
      << "neither binlog servers nor hosts with skip_init_ssh_check\n" << tried;
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
  EXPECT_EQ(hops.tried(), "");
}

}  // namespace
}  // namespace tanist::compat

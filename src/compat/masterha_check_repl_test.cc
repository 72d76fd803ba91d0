#include <gmock/gmock.h>

#include "compat/test_outside.h"

namespace tanist::compat {
namespace {

class CheckRepl : public ShellCommandTest {
 protected:
  void SetUp() override {
    static_cast<void>(files.replace("/etc/app1.cnf", "[server1]\nhostname=db1\n[server2]\nhostname=db2\n"));
    servers.may_be_asked = true;
    least_logged = sys::Level::info;
    outside.open_hooks = [](sys::Log&) { return nullptr; };
  }
};

TEST_F(CheckRepl, asks_a_silent_server_twice) {
  servers.failure = {mysql::Contact::timeout, 0, "connection timed out"};
  EXPECT_EQ(run(masterha_check_repl, {"--conf=/etc/app1.cnf"}), 1);
  EXPECT_EQ(servers.asked, 4) << logged;
  EXPECT_THAT(logged, testing::HasSubstr("No server answers."));
}

TEST_F(CheckRepl, asks_a_server_that_says_no_once) {
  servers.failure = {mysql::Contact::error_packet, 1040, "Too many connections"};
  EXPECT_EQ(run(masterha_check_repl, {"--conf=/etc/app1.cnf"}), 1);
  EXPECT_EQ(servers.asked, 2) << logged;
}

}  // namespace
}  // namespace tanist::compat

// The words of masterha_master_switch --master_state=alive, before any server is asked.
#include "compat/switch_command.h"

#include <gmock/gmock.h>

#include "compat/test_outside.h"

namespace tanist::compat {
namespace {

using testing::HasSubstr;

class SwitchAlive : public ShellCommandTest {
 protected:
  std::optional<int> run_with(std::vector<std::string> more) {
    std::vector<std::string> args{"--conf=/etc/app1.cnf", "--master_state=alive"};
    args.insert(args.end(), more.begin(), more.end());
    return run(masterha_master_switch, std::move(args));
  }
};

TEST_F(SwitchAlive, knows_no_options_of_a_failover) {
  for (const char* option : {"--log_output=/tmp/log", "--manager_log=/tmp/log", "--dead_master_host=db1",
                             "--ignore_last_failover", "--ssh_reachable=1"}) {
    printed.clear();
    EXPECT_EQ(run_with({option}), 1) << option;
    EXPECT_THAT(printed, HasSubstr(std::string(option).substr(2, 8)));
  }
}

TEST_F(SwitchAlive, tells_its_options_and_their_defaults) {
  EXPECT_EQ(run_with({"--help"}), 0);
  for (const char* option :
       {"--orig_master_is_new_slave", "--running_updates_limit", "--running_seconds_limit",
        "--seconds_behind_master", "--skip_lock_all_tables", "--flush_tables", "--check_only",
        "--remove_orig_master_conf", "--new_master_host", "--interactive"}) {
    EXPECT_THAT(printed, HasSubstr(option));
  }
}

TEST_F(SwitchAlive, needs_a_configuration) {
  EXPECT_EQ(run(masterha_master_switch, {"--master_state=alive"}), 1);
  EXPECT_THAT(printed, HasSubstr("--conf=<server_config_file> must be set."));
}

TEST_F(SwitchAlive, somebody_must_say_whether_the_primary_lives_and_who_is_dead) {
  EXPECT_EQ(run(masterha_master_switch, {"--conf=/etc/app1.cnf"}), 1);
  EXPECT_THAT(printed, HasSubstr("Usage: masterha_master_switch"));
  EXPECT_THAT(printed, HasSubstr("--master_state=dead or --master_state=alive"));
  printed.clear();
  EXPECT_EQ(run(masterha_master_switch, {"--conf=/etc/app1.cnf", "--master_state=dead"}), 1);
  EXPECT_THAT(printed, HasSubstr("--dead_master_host=<hostname of the dead primary> must be set."));
  printed.clear();
  EXPECT_EQ(run(masterha_master_switch, {"--man"}), 0);
  EXPECT_THAT(printed, HasSubstr(".TH masterha_master_switch"));
}

}  // namespace
}  // namespace tanist::compat

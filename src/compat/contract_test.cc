// Every option of the contract is an option of the command: each row names the section of the reference (mha-manager.md)
// that lists it. A command that does not know one says so, and goes on to the file that is not there.
#include <gmock/gmock.h>

#include "compat/test_outside.h"
#include "compat/test_world.h"

namespace tanist::compat {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

struct Row {
  const char* section;
  sys::Task<int> (*command)(Words, manager::Outside&);
  Words options;
};

class ContractTest : public ShellCommandTest {};

TEST_F(ContractTest, options_of_the_commands_on_a_cluster) {
  const Row rows[] = {
      {"2.1", masterha_manager,
       {"--manager_workdir=/w", "--workdir=/w", "--manager_log=/l", "--log_output=/l", "--wait_on_monitor_error=1",
        "--wait_on_failover_error=1", "--ignore_fail_on_start", "--skip_ssh_check", "--skip_check_ssh",
        "--last_failover_minute=1", "--ignore_last_failover", "--remove_dead_master_conf", "--remove_orig_master_conf",
        "--new_master_host=db2", "--new_master_port=3306", "--skip_save_master_binlog", "--skip_change_master",
        "--skip_disable_read_only", "--wait_until_gtid_in_sync=0", "--ignore_binlog_server_error", "--check_only",
        "--monitor_only", "--check_repl_health", "--seconds_behind_master=5", "--interactive=0"}},
      {"2.2", masterha_master_monitor,
       {"--manager_workdir=/w", "--workdir=/w", "--manager_log=/l", "--log_output=/l", "--interactive=0",
        "--wait_on_monitor_error=1", "--ignore_fail_on_start", "--skip_ssh_check", "--check_only", "--check_repl_health",
        "--seconds_behind_master=5"}},
      {"2.3", masterha_check_ssh, {}},
      {"2.4", masterha_check_repl,
       {"--seconds_behind_master=5", "--skip_ssh_check", "--ignore_fail_on_start", "--manager_workdir=/w"}},
      {"2.7.1", masterha_master_switch,
       {"--master_state=dead", "--dead_master_host=db1", "--dead_master_ip=10.0.0.1", "--dead_master_port=3306",
        "--interactive=0", "--ssh_reachable=2", "--last_failover_minute=1", "--ignore_last_failover",
        "--wait_on_failover_error=1", "--remove_dead_master_conf", "--new_master_host=db2", "--new_master_port=3306",
        "--skip_save_master_binlog", "--skip_change_master", "--skip_disable_read_only", "--wait_until_gtid_in_sync=0",
        "--ignore_binlog_server_error"}},
  };
  for (const Row& row : rows) {
    Words args = row.options;
    args.push_back("--conf=/none.cnf");
    args.push_back("--global_conf=/none.cnf");
    printed.clear();
    EXPECT_GT(run(row.command, args), 0) << row.section;
    EXPECT_THAT(printed, HasSubstr("/none.cnf: cannot be read")) << row.section;
    EXPECT_THAT(printed, Not(HasSubstr("unknown option"))) << row.section;

    args.push_back("--no_such_option");
    printed.clear();
    static_cast<void>(run(row.command, args));
    EXPECT_THAT(printed, HasSubstr("warning: unknown option --no_such_option")) << "8.E1, " << row.section;

    printed.clear();
    EXPECT_EQ(run(row.command, {}), 1) << "1 without --conf, " << row.section;
    printed.clear();
    EXPECT_EQ(run(row.command, {"--help"}), 0) << "2.0, " << row.section;
    EXPECT_THAT(printed, HasSubstr("Exit status:")) << row.section;
    printed.clear();
    EXPECT_EQ(run(row.command, {"--version"}), 0) << "2.0, " << row.section;
    EXPECT_THAT(printed, HasSubstr(" version 0.58.\n")) << row.section;
  }
}

TEST(Contract, options_of_the_commands_on_a_manager) {
  TestWorld world;
  const Words locating{"--app=a", "--status_dir=/w", "--manager_workdir=/w", "--workdir=/w", "--manager_log=/l",
                       "--log_output=/l", "--basedir=/b", "--baselog=/l", "--global_conf=/g", "--abort",
                       "--abort_timeout=1", "--ping_limit=1"};
  for (auto command : {masterha_check_status, masterha_stop}) {
    EXPECT_THAT(world.run(command, locating), Not(HasSubstr("unknown option"))) << "2.5, 2.6";
    EXPECT_THAT(world.run(command, {"--all"}), testing::StartsWith("1 ")) << "2.5: no /service";
  }
}

}  // namespace
}  // namespace tanist::compat

#include <gtest/gtest.h>

#include "compat/status_file.h"
#include "compat/test_world.h"

namespace tanist::compat {
namespace {

using namespace std::chrono_literals;

struct CheckStatus : testing::Test, TestWorld {
  CheckStatus() {
    (void)files.replace(
        "/etc/app1.cnf",
        "[server default]\nmanager_workdir=/w\nmanager_log=/w/app1.log\n[server1]\nhostname=db1\n");
  }
  void health(const std::string& text) { (void)files.replace("/w/app1.master_status.health", text); }
  std::string check(std::vector<std::string> args = {"--conf=/etc/app1.cnf"}) {
    return run(masterha_check_status, std::move(args));
  }
};

TEST_F(CheckStatus, every_state_has_its_line_and_its_code) {
  const struct {
    std::string_view field, with_primary, without;
  } kCases[] = {
      {"0:PING_OK", "0 app1 (pid:77) is running(0:PING_OK), master:db1\n",
       "0 !warning: /w/app1.master_status.health names no master\n"},
      {"10:INITIALIZING_MONITOR",
       "10 app1 is starting up(10:INITIALIZING_MONITOR): wait a moment and check again.\n",
       "10 app1 is starting up(10:INITIALIZING_MONITOR): wait a moment and check again.\n"},
      {"20:PING_FAILING",
       "20 app1 master maybe down(20:PING_FAILING). master:db1\nCheck /w/app1.log for details.\n",
       "20 app1 master maybe down(20:PING_FAILING).\n!warning: /w/app1.master_status.health names no "
       "master\n"},
      {"21:PING_FAILED",
       "21 app1 master maybe down(21:PING_FAILED). master:db1\nCheck /w/app1.log for details.\n",
       "21 app1 master maybe down(21:PING_FAILED).\n!warning: /w/app1.master_status.health names no "
       "master\n"},
      {"30:RETRYING_MONITOR", "30 app1 waits before it monitors again(30:RETRYING_MONITOR).",
       "30 app1 waits before it monitors again(30:RETRYING_MONITOR)."},
      {"31:CONFIG_ERROR",
       "31 app1 stopped at its start-up checks(31:CONFIG_ERROR).\nCheck /w/app1.log for details.\n",
       "31 app1 stopped at its start-up checks(31:CONFIG_ERROR).\nCheck /w/app1.log for details.\n"},
      {"50:FAILOVER_RUNNING",
       "50 app1 is failing over(50:FAILOVER_RUNNING). master:db1\nCheck /w/app1.log for details.\n",
       "50 !warning: /w/app1.master_status.health names no master\n"},
      {"51:FAILOVER_ERROR",
       "51 app1 failed to fail over(51:FAILOVER_ERROR). master:db1\nCheck /w/app1.log for details.\n",
       "51 !warning: /w/app1.master_status.health names no master\n"},
  };
  processes.add(77, 77);
  for (const auto& c : kCases) {
    health("77\t" + std::string(c.field) + "\tmaster:db1");
    EXPECT_EQ(check(), c.with_primary);
    health("77\t" + std::string(c.field));
    EXPECT_EQ(check(), c.without);
  }
}

TEST_F(CheckStatus, no_file_or_no_process_is_stopped) {
  EXPECT_EQ(check(), "2 app1 is stopped(2:NOT_RUNNING).\n");
  health("77\t0:PING_OK\tmaster:db1");
  EXPECT_EQ(check(), "2 app1 is stopped(2:NOT_RUNNING).\n");
}

TEST_F(CheckStatus, a_later_process_of_the_same_number_is_not_the_manager) {
  health("77\t0:PING_OK\tmaster:db1");
  clock.advance(1min);
  processes.add(77, 77, clock.wall_now());
  EXPECT_EQ(check(), "2 app1 is stopped(2:NOT_RUNNING).\n");
}

TEST_F(CheckStatus, children_without_their_manager_are_named) {
  health("77\t50:FAILOVER_RUNNING\tmaster:db1");
  processes.add(78, 77);
  processes.add(79, 77);
  EXPECT_EQ(check(), "3 app1 is gone, but not all of its processes(3:PARTIALLY_RUNNING): 78 79\n");
}

TEST_F(CheckStatus, an_old_file_is_no_good_news) {
  processes.add(77, 77);
  health("77\t0:PING_OK\tmaster:db1");
  clock.advance(10s);
  EXPECT_EQ(check(), "0 app1 (pid:77) is running(0:PING_OK), master:db1\n");
  clock.advance(1s);
  EXPECT_EQ(check(),
            "32 /w/app1.master_status.health was last updated 11 seconds ago.\n"
            "app1 is running, but says nothing(32:TIMESTAMP_OLD). master:db1\n");
  EXPECT_TRUE(check({"--conf=/etc/app1.cnf", "--ping_limit=11"}).starts_with("0 "));
  health("77\t20:PING_FAILING\tmaster:db1");
  clock.advance(1h);  // only good news grows old
  EXPECT_TRUE(check().starts_with("20 "));
}

TEST_F(CheckStatus, a_manager_that_pings_rarely_is_not_old_between_two_pings) {
  (void)files.replace("/etc/app1.cnf", "[server default]\nping_interval=15\n[server1]\nhostname=db1\nmanager_workdir=/w\n");
  processes.add(77, 77);
  health("77\t0:PING_OK\tmaster:db1");
  clock.advance(45s);
  EXPECT_TRUE(check().starts_with("0 "));
  EXPECT_TRUE(check({"--conf=/etc/app1.cnf", "--ping_limit=10"}).starts_with("32 ")) << "what is given is obeyed";
  clock.advance(1s);
  EXPECT_TRUE(check().starts_with("32 "));
}

TEST_F(CheckStatus, errors_are_1_and_on_stderr) {
  EXPECT_EQ(check({}), "1 !--conf=FILE must be given\n");
  EXPECT_EQ(check({"--conf=/etc/none.cnf"}),
            "1 !/etc/none.cnf: cannot be read: open /etc/none.cnf: No such file or directory\n");
  (void)files.replace("/etc/bad.cnf", "[server1]\nhostname=db1\nprot=1\nuser_=x\n");
  EXPECT_EQ(check({"--conf=/etc/bad.cnf"}),
            "1 !/etc/bad.cnf:3: unknown key 'prot'; did you mean 'port'?\n"
            "/etc/bad.cnf:4: unknown key 'user_'; did you mean 'user'?\n");
  health("");
  EXPECT_EQ(check(), "1 !/w/app1.master_status.health is empty\n");
  health("77\t99:DANCING");
  EXPECT_EQ(check(), "1 !/w/app1.master_status.health has no state that is known\n");
  EXPECT_TRUE(check({"--conf=/etc/app1.cnf", "--ping_limit=soon"})
                  .ends_with("!option --ping_limit takes an integer, not 'soon'\n"));
}

TEST_F(CheckStatus, finds_the_manager_by_other_options) {
  processes.add(77, 77);
  health("77\t20:PING_FAILING\tmaster:db1");
  const std::string line = "20 app1 master maybe down(20:PING_FAILING). master:db1\n";
  EXPECT_EQ(check({"--app=app1", "--status_dir=/w"}), line);
  EXPECT_EQ(check({"-app", "app1", "-workdir", "/w", "--log_output=/l"}), line + "Check /l for details.\n");
  EXPECT_EQ(check({"--conf=/etc/app1.cnf", "--manager_workdir=/elsewhere"}),
            "2 app1 is stopped(2:NOT_RUNNING).\n");
  EXPECT_EQ(check({"--conf=/etc/app1.cnf", "--app=app2"}), "2 app2 is stopped(2:NOT_RUNNING).\n");
  (void)files.replace("/usr/local/masterha/conf/app1.cnf", "[server1]\nhostname=db1\nmanager_workdir=/w\n");
  EXPECT_EQ(check({"--app=app1"}), line);
}

TEST_F(CheckStatus, goes_over_all_of_a_host) {
  EXPECT_EQ(check({"--all"}), "1 !list directory /service: No such file or directory\n");
  (void)files.make_directories("/service/masterha_app1");
  (void)files.make_directories("/service/masterha_app2");
  (void)files.make_directories("/service/httpd");
  (void)files.replace("/w/app1/app1.master_status.health", "77\t0:PING_OK\tmaster:db1");
  (void)files.replace("/w/app2/app2.master_status.health", "78\t20:PING_FAILING\tmaster:db2");
  processes.add(77, 77);
  processes.add(78, 78);
  EXPECT_EQ(check({"--all", "--basedir=/w", "--baselog=/log"}),
            "1 app1 (pid:77) is running(0:PING_OK), master:db1\n"
            "app2 master maybe down(20:PING_FAILING). master:db2\n"
            "Check /log/app2 for details.\n");
  (void)files.replace("/w/app2/app2.master_status.health", "78\t0:PING_OK\tmaster:db2");
  EXPECT_TRUE(check({"--all", "--basedir=/w"}).starts_with("0 "));
}

TEST_F(CheckStatus, help_and_version) {
  EXPECT_TRUE(check({"--help"}).starts_with("0 Usage: masterha_check_status --conf=FILE [options]\n"));
  EXPECT_EQ(check({"--version"}), "0 masterha_check_status version 0.58.\n");
}

}  // namespace
}  // namespace tanist::compat

#include "hooks/arguments.h"

#include <gtest/gtest.h>

namespace tanist::hooks {
namespace {

HookServer db1() {
  HookServer server;
  server.hostname = "db1";
  server.ip = "10.0.0.1";
  server.ssh_user = "ha";
  server.ssh_host = "db1";
  server.ssh_ip = "10.0.0.1";
  server.user = "mha";
  server.password = Secret("p 1");
  return server;
}

HookServer db2() {
  HookServer server = db1();
  server.hostname = server.ssh_host = "db2";
  server.ip = server.ssh_ip = "10.0.0.2";
  server.port = 3307;
  server.ssh_user = "ha2";
  server.password = Secret("p$2");
  return server;
}

// A server with everything that makes ssh extras appear.
HookServer odd_ssh(HookServer server) {
  server.ssh_host = server.hostname + "-adm";
  server.ssh_ip = "192.168.0.9";
  server.ssh_port = 2222;
  server.ssh_options = "-o BatchMode=yes -i /k";
  return server;
}

HookServer with_pid_file(HookServer server) {
  server.pid_file = "/run/mysqld.pid";
  return server;
}

struct Row {
  const char* section;
  Arguments arguments;
  std::string expected;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.section; }

class HookArguments : public testing::TestWithParam<Row> {};

TEST_P(HookArguments, are_those_of_the_contract) {
  EXPECT_EQ(command_line({.script = "S", .arguments = GetParam().arguments, .deadline = {}}),
            "S " + GetParam().expected)
      << GetParam().section;
}

const std::string kOrig = "--orig_master_host=db1 --orig_master_ip=10.0.0.1 --orig_master_port=3306";
const std::string kNew = "--new_master_host=db2 --new_master_ip=10.0.0.2 --new_master_port=3307";
const std::string kOrigSsh =
    " --orig_master_ssh_host=db1-adm --orig_master_ssh_ip=192.168.0.9 --orig_master_ssh_port=2222"
    " --ssh_options='-o BatchMode=yes -i /k'";
const std::string kNewSsh =
    " --new_master_ssh_host=db2-adm --new_master_ssh_ip=192.168.0.9 --new_master_ssh_port=2222";
const std::string kSsh =
    " --ssh_host=db1-adm --ssh_ip=192.168.0.9 --ssh_port=2222 --ssh_options='-o BatchMode=yes -i /k'";

INSTANTIATE_TEST_SUITE_P(
    MasterIpFailover, HookArguments,
    testing::Values(Row{"3.2 status", ip_failover_status(db1()), "--command=status --ssh_user=ha " + kOrig},
                    Row{"3.2 status, SSH(orig)", ip_failover_status(odd_ssh(db1())),
                        "--command=status --ssh_user=ha " + kOrig + kOrigSsh},
                    Row{"3.2 stopssh", ip_failover_stop(db1(), true),
                        kOrig + " --command=stopssh --ssh_user=ha"},
                    Row{"3.2 stopssh, SSH(orig)", ip_failover_stop(odd_ssh(db1()), true),
                        kOrig + " --command=stopssh --ssh_user=ha" + kOrigSsh},
                    Row{"3.2 stop", ip_failover_stop(db1(), false), kOrig + " --command=stop"},
                    Row{"3.2 stop, SSH(orig)", ip_failover_stop(odd_ssh(db1()), false),
                        kOrig + " --command=stop" + kOrigSsh},
                    Row{"3.2 start", ip_failover_start(db1(), db2()),
                        "--command=start --ssh_user=ha2 " + kOrig + " " + kNew +
                            " --new_master_user='mha' --new_master_password='p\\$2'"},
                    Row{"3.2 start, SSH(orig) SSH(new)", ip_failover_start(odd_ssh(db1()), odd_ssh(db2())),
                        "--command=start --ssh_user=ha2 " + kOrig + " " + kNew + " --new_master_user='mha'" +
                            kOrigSsh + kNewSsh + " --new_master_password='p\\$2'"}));

INSTANTIATE_TEST_SUITE_P(
    MasterIpOnlineChange, HookArguments,
    testing::Values(
        Row{"3.3 stop", online_change(OnlineChange::stop, db1(), db2(), false),
            "--command=stop " + kOrig + " --orig_master_user='mha' " + kNew +
                " --new_master_user='mha' --orig_master_ssh_user=ha --new_master_ssh_user=ha2"
                " --orig_master_password='p\\ 1' --new_master_password='p\\$2'"},
        Row{"3.3 start, everything", online_change(OnlineChange::start, odd_ssh(db1()), odd_ssh(db2()), true),
            "--command=start " + kOrig + " --orig_master_user='mha' " + kNew +
                " --new_master_user='mha' --orig_master_ssh_user=ha --new_master_ssh_user=ha2" + kOrigSsh +
                kNewSsh +
                " --orig_master_is_new_slave --orig_master_password='p\\ 1' --new_master_password='p\\$2'"}));

INSTANTIATE_TEST_SUITE_P(
    Shutdown, HookArguments,
    testing::Values(
        Row{"3.4 status", shutdown_status(db1()), "--command=status --ssh_user=ha --host=db1 --ip=10.0.0.1"},
        Row{"3.4 status, SSH(shutdown); no pid_file", shutdown_status(odd_ssh(with_pid_file(db1()))),
            "--command=status --ssh_user=ha --host=db1 --ip=10.0.0.1" + kSsh},
        Row{"3.4 stopssh", shutdown_stop(db1(), true),
            "--command=stopssh --ssh_user=ha --host=db1 --ip=10.0.0.1 --port=3306"},
        Row{"3.4 stopssh, pid_file, SSH(shutdown)", shutdown_stop(odd_ssh(with_pid_file(db1())), true),
            "--command=stopssh --ssh_user=ha --host=db1 --ip=10.0.0.1 --port=3306 "
            "--pid_file=/run/mysqld.pid" +
                kSsh},
        Row{"3.4 stop", shutdown_stop(db1(), false), "--command=stop --host=db1 --ip=10.0.0.1 --port=3306"},
        Row{"3.4 stop, pid_file, SSH(shutdown)", shutdown_stop(odd_ssh(with_pid_file(db1())), false),
            "--command=stop --host=db1 --ip=10.0.0.1 --port=3306 --pid_file=/run/mysqld.pid" + kSsh}));

INSTANTIATE_TEST_SUITE_P(
    ReportAndSecondaryCheck, HookArguments,
    testing::Values(
        Row{"3.5 new primary active",
            report({"db1", "db2", {"db3", "db4"}, "/etc/app1.cnf", "app1: moved", "a\n$b"}),
            "--orig_master_host=db1 --new_master_host=db2 --new_slave_hosts=db3,db4 --conf=/etc/app1.cnf"
            " --subject='app1: moved' --body='a\n$b'"},
        Row{"3.5 aborted before activation", report({"db1", "", {}, "/etc/app1.cnf", "s", "b"}),
            "--orig_master_host=db1 --conf=/etc/app1.cnf --subject=s --body=b"},
        Row{"3.6 values as they are", secondary_check(db2(), "SELECT"),
            "--user=ha2 --master_host=db2 --master_ip=10.0.0.2 --master_port=3307 --master_user=mha"
            " --master_password='p$2' --ping_type=SELECT"},
        Row{"3.6 ssh_options used", secondary_check(odd_ssh(db1()), "INSERT"),
            "--user=ha --master_host=db1 --master_ip=10.0.0.1 --master_port=3306 --master_user=mha"
            " --master_password='p 1' --ping_type=INSERT --options='-o BatchMode=yes -i /k'"}));

TEST(HookArguments, ssh_host_and_ip_appear_together_when_either_differs) {
  HookServer server = db1();
  server.ssh_ip = "10.9.9.9";
  EXPECT_EQ(command_line({.script = "S", .arguments = ip_failover_stop(server, false), .deadline = {}}),
            "S " + kOrig + " --command=stop --orig_master_ssh_host=db1 --orig_master_ssh_ip=10.9.9.9");
}

TEST(HookVerdicts, follow_the_exit_codes_of_the_contract) {
  sys::ExitStatus ok{}, ten{.code = 10}, two{.code = 2}, three{.code = 3}, one{.code = 1};
  sys::ExitStatus killed{.code = 10, .signal = 9}, ended{.code = 0, .signal = 0, .ended_by_us = true};
  EXPECT_EQ(address_verdict(ok), AddressVerdict::done);
  EXPECT_EQ(address_verdict(ten), AddressVerdict::failed_but_go_on);
  EXPECT_EQ(shutdown_verdict(ok), ShutdownVerdict::powered_off);
  EXPECT_EQ(shutdown_verdict(ten), ShutdownVerdict::server_stopped);
  EXPECT_EQ(secondary_verdict(ok), SecondaryVerdict::primary_unreachable);
  EXPECT_EQ(secondary_verdict(two), SecondaryVerdict::route_host_unreachable);
  EXPECT_EQ(secondary_verdict(three), SecondaryVerdict::primary_reachable);
  for (const sys::ExitStatus& bad : {one, killed, ended}) {
    EXPECT_EQ(address_verdict(bad), AddressVerdict::failed);
    EXPECT_EQ(shutdown_verdict(bad), ShutdownVerdict::failed);
    EXPECT_EQ(secondary_verdict(bad), SecondaryVerdict::unknown);
  }
}

}  // namespace
}  // namespace tanist::hooks

#include "remote/mesh.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "remote/fake_shell.h"
#include "sys/manual_clock.h"

namespace tanist::remote {
namespace {

using namespace std::chrono_literals;

Host host(int number) {
  Host made;
  made.name = "db" + std::to_string(number);
  made.address = "10.0.0." + std::to_string(number);
  made.user = "ha";
  made.connect_timeout = 5s;
  return made;
}

class MeshTest : public testing::Test {
 protected:
  Mesh check(int count) {
    std::vector<Host> hosts;
    for (int i = 1; i <= count; ++i) hosts.push_back(host(i));
    return check(std::move(hosts));
  }
  Mesh check(std::vector<Host> hosts) {
    Mesh mesh;
    auto story = [&]() -> sys::Task<void> {
      mesh = co_await check_mesh(shell, clock, std::move(hosts), 10s);
    };
    sys::start_detached(story());
    return mesh;
  }
  static std::string text(const Mesh& mesh) {
    std::string all;
    for (const LogLine& line : to_log(mesh))
      all += (line.level == sys::Level::error ? "E" : "D") + line.text + "\n";
    return all;
  }

  sys::ManualClock clock;
  // A hop fails when source and destination are in here: "db1>10.0.0.2".
  std::set<std::string> broken;
  FakeShell shell{[this](const Host& source, const Command& command) -> Result<sys::ProcessResult> {
    std::string destination = command.argv[command.argv.size() - 2];
    sys::ProcessResult result;
    if (broken.contains(source.name + ">" + destination.substr(3))) {
      result.status.code = 255;
      result.errors = "a warning\nPermission denied (publickey).\r\n";
    }
    return result;
  }};
};

TEST_F(MeshTest, every_host_is_asked_to_reach_every_other) {
  Mesh mesh = check(3);
  EXPECT_TRUE(mesh.all_passed());
  std::sort(shell.seen.begin(), shell.seen.end());
  std::string options =
      "ssh -o StrictHostKeyChecking=no -o PasswordAuthentication=no -o BatchMode=yes -o ConnectTimeout=5 -p "
      "22 ha@";
  EXPECT_EQ(shell.seen, (std::vector<std::string>{
                            "db1: " + options + "10.0.0.2 exit 0", "db1: " + options + "10.0.0.3 exit 0",
                            "db2: " + options + "10.0.0.1 exit 0", "db2: " + options + "10.0.0.3 exit 0",
                            "db3: " + options + "10.0.0.1 exit 0", "db3: " + options + "10.0.0.2 exit 0"}));
  EXPECT_EQ(text(check(2)),
            "D Connecting via SSH from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:22)..\nD   ok.\n"
            "D Connecting via SSH from ha@db2(10.0.0.2:22) to ha@db1(10.0.0.1:22)..\nD   ok.\n");
}

TEST_F(MeshTest, the_destinations_own_port_and_options_are_used) {
  Host odd = host(2);
  odd.port = 2222;
  odd.options = {"-i", "/key"};
  check({host(1), odd});
  EXPECT_NE(shell.seen[0].find("-o ConnectTimeout=5 -i /key -p 2222 ha@10.0.0.2 exit 0"), std::string::npos)
      << shell.seen[0];
}

TEST_F(MeshTest, a_failure_names_both_ends_and_ssh_own_reason_and_others_are_still_tried) {
  broken = {"db1>10.0.0.2"};
  Mesh mesh = check(3);
  EXPECT_FALSE(mesh.all_passed());
  EXPECT_EQ(shell.seen.size(), 6u);
  EXPECT_EQ(problems(mesh),
            (std::vector<std::string>{"SSH connection from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:22) "
                                      "failed! Permission denied (publickey)."}));
  EXPECT_NE(text(mesh).find("E" + problems(mesh)[0] + "\n"), std::string::npos) << text(mesh);
}

TEST_F(MeshTest, a_source_out_of_reach_is_told_once) {
  shell.unreachable = {"db2"};
  Mesh mesh = check(2);
  EXPECT_FALSE(mesh.all_passed());
  EXPECT_NE(text(mesh).find("ESSH connection from here to ha@db2(10.0.0.2:22) failed! "
                            "ssh to db2: No route to host\n"),
            std::string::npos)
      << text(mesh);
}

TEST_F(MeshTest, one_host_alone_is_only_reached) {
  EXPECT_TRUE(check(1).all_passed());
  shell.unreachable = {"db1"};
  EXPECT_FALSE(check(1).all_passed());
}

}  // namespace
}  // namespace tanist::remote

#include "remote/mesh.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "remote/fake_shell.h"
#include "remote/test_hops.h"
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
  TestHops hops;
  FakeShell shell{[this](const Host& source, const Command& command) { return hops.run(source, command); }};
};

constexpr const char* kRefused = "printf 'a warning\\nPermission denied (publickey).\\r\\n' >&2; exit 255;;";

TEST_F(MeshTest, every_host_is_asked_to_reach_every_other) {
  Mesh mesh = check(3);
  EXPECT_TRUE(mesh.all_passed());
  EXPECT_EQ(shell.seen.size(), 3u);
  std::string options =
      "ssh -o StrictHostKeyChecking=no -o PasswordAuthentication=no -o BatchMode=yes -o ConnectTimeout=5 -p "
      "22 ha@";
  EXPECT_EQ(hops.tried(), "db1: " + options + "10.0.0.2 exit 0\ndb1: " + options + "10.0.0.3 exit 0\n" +
                    "db2: " + options + "10.0.0.3 exit 0\ndb2: " + options + "10.0.0.1 exit 0\n" +
                    "db3: " + options + "10.0.0.1 exit 0\ndb3: " + options + "10.0.0.2 exit 0\n");
  EXPECT_EQ(text(check(2)),
            "D Connecting via SSH from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:22)..\nD   ok.\n"
            "D Connecting via SSH from ha@db2(10.0.0.2:22) to ha@db1(10.0.0.1:22)..\nD   ok.\n");
}

TEST_F(MeshTest, the_destinations_own_port_and_options_are_used) {
  Host odd = host(2);
  odd.port = 2222;
  odd.options = {"-i", "/key"};
  check({host(1), odd});
  EXPECT_NE(hops.tried().find("-o ConnectTimeout=5 -i /key -p 2222 ha@10.0.0.2 exit 0"), std::string::npos) << hops.tried();
}

TEST_F(MeshTest, a_failure_names_both_ends_and_ssh_own_reason_and_others_are_still_tried) {
  hops.behaviour = std::string("'db1>'*10.0.0.2*) ") + kRefused;
  Mesh mesh = check(3);
  EXPECT_FALSE(mesh.all_passed());
  std::string tried = hops.tried();
  EXPECT_EQ(std::count(tried.begin(), tried.end(), '\n'), 6);
  EXPECT_EQ(problems(mesh),
            (std::vector<std::string>{"SSH connection from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:22) "
                                      "failed! Permission denied (publickey)."}));
  EXPECT_NE(text(mesh).find("E" + problems(mesh)[0] + "\n"), std::string::npos) << text(mesh);
}

TEST_F(MeshTest, a_hop_that_is_killed_at_its_limit_got_no_answer_and_the_next_is_tried) {
  hops.behaviour = "'db1>'*10.0.0.2*) kill -9 $$;;";
  EXPECT_EQ(problems(check(3)),
            (std::vector<std::string>{"SSH connection from ha@db1(10.0.0.1:22) to ha@db2(10.0.0.2:22) "
                                      "failed! no answer in time"}));
}

TEST_F(MeshTest, hops_that_a_source_could_not_tell_of_have_failed) {
  FakeShell lost{[](const Host& source, const Command& command) -> Result<sys::ProcessResult> {
    command.on_output("Welcome\ntanist-hop 1 0\n");
    return fail(Errc::unreachable, "ssh to " + source.name + ": lost the connection");
  }};
  Mesh mesh;
  auto story = [&]() -> sys::Task<void> {
    std::vector<Host> hosts{host(1), host(2), host(3)};
    mesh = co_await check_mesh(lost, clock, std::move(hosts));
  };
  sys::start_detached(story());
  const auto& of_db1 = mesh.sources[0].hops;
  EXPECT_TRUE(of_db1[1]);
  ASSERT_FALSE(of_db1[2]);
  EXPECT_EQ(of_db1[2].error().what, "ssh to db1: lost the connection");
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

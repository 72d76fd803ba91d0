#include "remote/options.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace tanist::remote {
namespace {

using namespace std::chrono_literals;

TEST(SshOptions, are_mhas_two_sets) {
  EXPECT_EQ(join(alive_options({}), " "),
            "-o ServerAliveInterval=60 -o ServerAliveCountMax=20 -o StrictHostKeyChecking=no"
            " -o ConnectionAttempts=5 -o PasswordAuthentication=no -o BatchMode=yes");
  EXPECT_EQ(join(check_options(5s, {"-i", "/key"}), " "),
            "-o StrictHostKeyChecking=no -o PasswordAuthentication=no -o BatchMode=yes -o ConnectTimeout=5 "
            "-i /key");
}

TEST(SshOptions, of_a_connection_end_with_those_of_the_configuration_and_the_host) {
  Host host;
  host.address = "fe80::1";
  host.user = "ha";
  host.port = 2222;
  host.options = {"-i", "/key"};
  host.connect_timeout = 1500ms;
  std::string line = join(session_argv(host, "/run/s", "uptime"), " ");
  EXPECT_TRUE(line.starts_with("ssh -T -S /run/s -o ControlMaster=no ")) << line;
  EXPECT_TRUE(line.ends_with(" -o ConnectTimeout=2 -i /key -p 2222 -l ha -- fe80::1 uptime")) << line;
  EXPECT_NE(line.find("-o BatchMode=yes"), std::string::npos);
}

}  // namespace
}  // namespace tanist::remote

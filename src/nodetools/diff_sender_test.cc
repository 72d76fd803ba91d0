#include "nodetools/diff_sender.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/text.h"
#include "nodetools/apply_diff_relay_logs.h"
#include "remote/options.h"
#include "remote/test_sshd.h"
#include "sys/posix_entropy.h"
#include "sys/posix_files.h"
#include "sys/posix_processes.h"
#include "sys/scripted_processes.h"
#include "testlib/log_builder.h"

namespace tanist::nodetools {
namespace {

constexpr OptionRow kRows[] = {{"scp_user", OptionKind::text, "root", "", ""},
                               {"scp_host", OptionKind::text, "", "", ""},
                               {"scp_port", OptionKind::port, "22", "", ""},
                               {"ssh_options", OptionKind::text, "", "", ""}};
constexpr CommandTable kTable{.name = "x", .usage = "", .summary = "", .rows = kRows};

remote::Host target(std::vector<std::string> args) { return scp_target(parse_options(kTable, args)); }

TEST(DiffSender, given_ssh_options_replace_the_usual_ones) {
  EXPECT_EQ(target({"--scp_host=db2"}).options, remote::alive_options({}));
  remote::Host host =
      target({"--scp_host=::1", "--scp_user=mha", "--scp_port=2222", "--ssh_options=-o  A=b -i /k"});
  EXPECT_EQ(host.options, (std::vector<std::string>{"-o", "A=b", "-i", "/k"}));
  EXPECT_EQ(host.user + "@" + host.address + " " + std::to_string(host.port), "mha@::1 2222");
}

class OverSsh : public ::testing::Test {
 protected:
  NodeWorld world() { return {reactor_, files_, processes_, entropy_, out_, err_}; }

  sys::Reactor reactor_;
  sys::PosixFiles files_;
  sys::PosixProcesses processes_{reactor_};
  sys::PosixEntropy entropy_;
  std::ostringstream out_, err_;
  testlib::LogDirectory dir_;
};

TEST_F(OverSsh, a_diff_is_made_and_arrives_whole_in_a_directory_that_is_made) {
  testlib::LogBuilder relay("10.11.19-MariaDB");
  relay.own_format().fake_rotate("bin.000001", 4).format().mariadb_group("0-1-1");
  uint64_t target = relay.position();
  relay.mariadb_group("0-1-2");
  dir_.write("relay.000001", relay);
  auto test = [&]() -> sys::Task<int> {
    auto keys = sys::TemporaryDirectory::make("/tmp", "diff-sender-test-");
    auto sshd = co_await remote::TestSshd::start(reactor_, processes_, *keys);
    if (!sshd) co_return 1;
    NodeWorld here = world();
    remote::Host host = (*sshd)->host();
    host.options.insert(host.options.end(), {"-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"});
    Status checked = co_await check_ssh(here, host);
    EXPECT_TRUE(checked);
    // The other host is this one, so the file arrives in its own place.
    std::string path = dir_.path("made/diff");
    std::vector<std::string> args{"--command=generate_and_send",
                                  "--relay_dir=" + dir_.path(),
                                  "--current_relay_log=relay.000001",
                                  "--latest_mlf=bin.000001",
                                  "--latest_rmlp=" + std::to_string(relay.position()),
                                  "--target_mlf=bin.000001",
                                  "--target_rmlp=" + std::to_string(target),
                                  "--server_id=2",
                                  "--diff_file_readtolatest=" + path,
                                  "--workdir=" + dir_.path(),
                                  "--scp_host=" + host.address,
                                  "--scp_port=" + std::to_string(host.port),
                                  "--scp_user=" + host.user,
                                  "--ssh_options=" + join(host.options, " ")};
    int code = co_await apply_diff_relay_logs(args, here);
    EXPECT_EQ(code, 0) << err_.str();
    EXPECT_NE(out_.str().find("Sent to "), std::string::npos) << out_.str();
    EXPECT_TRUE(
        dir_.read("made/diff").ends_with(relay.bytes().substr(relay.size() - (relay.position() - target))));
    host.port = remote::TestSshd::free_port();
    checked = co_await check_ssh(here, host);
    EXPECT_FALSE(checked);
    Status sent = co_await send_diff(here, host, path);
    EXPECT_FALSE(sent);
    EXPECT_NE(err_.str().find("attempt 3 of 3"), std::string::npos) << err_.str();
    co_await (*sshd)->stop();
    co_return 0;
  };
  EXPECT_EQ(reactor_.run(test()), 0);
}

}  // namespace
}  // namespace tanist::nodetools

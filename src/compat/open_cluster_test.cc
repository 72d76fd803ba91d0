#include "compat/open_cluster.h"

#include <gmock/gmock.h>

#include "compat/test_outside.h"

namespace tanist::compat {
namespace {

using testing::HasSubstr;

constexpr const char* kBefore =
    "[server default]\nmanager_workdir=/work\n[server1]\nhostname=db1\n[server2]\nhostname=db2\n";

class RereadTest : public ShellCommandTest {
 protected:
  RereadTest() {
    least_logged = sys::Level::info;
    servers.may_be_asked = true;
    on_command = [](const remote::Host&, const remote::Command&) { return sys::ProcessResult{}; };
    outside.open_hooks = [](sys::Log&) { return nullptr; };
  }
  // A command begins, the file changes, the primary server1 dies: which server is it then? Or the error.
  std::string primary_after(std::string changed) {
    (void)files.replace("/app1.cnf", kBefore);
    std::string answer;
    auto story = [&]() -> sys::Task<void> {
      const CommandTable table{.name = "test", .usage = "", .summary = "", .rows = kRows};
      std::vector<std::string> args{"--conf=/app1.cnf"};
      auto opened = co_await open_cluster(table, std::move(args), outside, Opening{});
      EXPECT_TRUE(opened) << printed;
      if (!opened) co_return;
      (void)files.replace("/app1.cnf", changed);
      auto now = co_await reread_config(*opened, ServerId("server1"));
      answer = now ? now->text : now.error().what;
      no_master.clear();
      for (const auto& server : opened->cluster->config().servers) {
        if (server.no_master) no_master += server.id.text + " ";
        EXPECT_EQ(server.manager_workdir, "/work");
      }
      auto facts = co_await opened->cluster->observe(std::chrono::seconds(1));
      EXPECT_EQ(facts.members.size(), opened->cluster->config().servers.size());
    };
    sys::start_detached(story());
    clock.run_until_idle();
    return answer;
  }

  static constexpr OptionRow kRows[] = {
      {"conf", OptionKind::text, "", "FILE", ""},
      {"global_conf", OptionKind::text, "/none.cnf", "FILE", ""},
      {"manager_workdir", OptionKind::text, "", "DIR", ""},
      {"manager_log", OptionKind::text, "", "FILE", ""},
  };
  std::string no_master;
};

TEST_F(RereadTest, what_was_edited_while_the_primary_was_watched_counts) {
  EXPECT_EQ(primary_after("[server default]\nmanager_workdir=/elsewhere\n[server2]\nhostname=db2\nno_master=1\n"
                          "[server3]\nhostname=db1\n[server4]\nhostname=db4\n"),
            "server3");
  EXPECT_EQ(no_master, "server2 ");
  EXPECT_THAT(logged, HasSubstr("Reading the changed configuration from /app1.cnf"));
}

TEST_F(RereadTest, the_same_file_is_not_resolved_again) {
  EXPECT_EQ(primary_after(kBefore), "server1");
  EXPECT_EQ(resolved, 2);
  EXPECT_EQ(logged.find("Reading"), std::string::npos) << logged;
}

TEST_F(RereadTest, a_file_with_an_error_in_it_does_not_stop_a_failover) {
  EXPECT_EQ(primary_after(std::string(kBefore) + "no_mastre=1\n"), "server1");
  EXPECT_THAT(logged, HasSubstr("cannot be read again; going on with what it said before:\n/app1.cnf:7: unknown key"));
}

TEST_F(RereadTest, a_primary_that_was_taken_out_is_not_failed_over) {
  EXPECT_THAT(primary_after("[server2]\nhostname=db2\n"),
              HasSubstr("the dead primary db1(10.0.0.1:3306) is not in it any more"));
}

}  // namespace
}  // namespace tanist::compat

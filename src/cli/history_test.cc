#include <gmock/gmock.h>

#include "cli/commands.h"
#include "compat/test_outside.h"
#include "store/memory_journal.h"
#include "sys/temporary_directory.h"

namespace tanist::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two recoveries of two clusters: the first succeeded, the second was never finished.
class History : public compat::ShellCommandTest {
 protected:
  void SetUp() override {
    static_cast<void>(files.replace("/state/tanist.sqlite", ""));
    auto first = *journal->begin("app1", "failover", "the plan of app1", clock.wall_now());
    static_cast<void>(journal->step_intent(first, {1, "kill_server", "server1", "end it"}, clock.wall_now()));
    static_cast<void>(journal->step_result(first, 1, store::StepOutcome::failed, "no ssh", clock.wall_now()));
    static_cast<void>(journal->finish(first, store::RecoveryOutcome::succeeded, "", clock.wall_now()));
    static_cast<void>(journal->begin("app2", "switchover", "the plan of app2", clock.wall_now()));
    outside.open_journal = [this](const std::string& path) -> Result<std::shared_ptr<store::Journal>> {
      EXPECT_EQ(path, "/state/tanist.sqlite");
      return journal;
    };
    outside.open_memory = [this](const std::string&) { return store::open_memory(directory.file("tanist.sqlite")); };
  }
  std::optional<int> call(sys::Task<int> (*verb)(std::vector<std::string>, manager::Outside&), std::vector<std::string> args) {
    printed.clear();
    args.push_back("--state_dir=/state");
    return run(verb, std::move(args));
  }

  std::shared_ptr<store::MemoryJournal> journal = std::make_shared<store::MemoryJournal>();
  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-history-");
};

TEST_F(History, is_a_table_newest_first) {
  EXPECT_EQ(call(history, {}), 0);
  EXPECT_LT(printed.find("app2"), printed.find("app1"));
  EXPECT_THAT(printed, HasSubstr("unfinished"));
  EXPECT_EQ(call(history, {"--cluster=app1"}), 0);
  EXPECT_THAT(printed, Not(HasSubstr("app2")));
  EXPECT_EQ(call(history, {"--last=1"}), 0);
  EXPECT_THAT(printed, Not(HasSubstr("app1")));
}

TEST_F(History, shows_one_recovery_with_its_plan_and_every_step) {
  EXPECT_EQ(call(history, {"1"}), 0);
  EXPECT_THAT(printed, HasSubstr("the plan of app1"));
  EXPECT_THAT(printed, HasSubstr("kill_server"));
  EXPECT_THAT(printed, HasSubstr("failed: no ssh"));
  EXPECT_EQ(call(history, {"1", "--json"}), 0);
  EXPECT_THAT(printed, HasSubstr(R"("outcome":"failed","result":"no ssh")"));
}

TEST_F(History, of_what_is_not_there_is_an_error_that_names_it) {
  EXPECT_EQ(call(history, {"7"}), 1);
  EXPECT_THAT(printed, HasSubstr("there is no recovery 7"));
  EXPECT_EQ(call(history, {"first"}), 1);
  EXPECT_EQ(call(history, {"1", "2"}), 2);
  printed.clear();
  EXPECT_EQ(run(history, {"--state_dir=/nowhere"}), 1);
  EXPECT_THAT(printed, HasSubstr("/nowhere/tanist.sqlite: there is no such file"));
}

TEST_F(History, a_recovery_is_acknowledged_for_a_cluster_that_is_known) {
  EXPECT_EQ(call(ack, {"app1"}), 1);
  EXPECT_THAT(printed, HasSubstr("no cluster is called app1"));
  auto memory = *store::open_memory(directory.file("tanist.sqlite"));
  ASSERT_TRUE(memory->set_primary("app1", {"db1", 3306}, clock.wall_now()));
  EXPECT_EQ(call(ack, {"app1", "--why=seen"}), 0);
  auto said = memory->mark("app1", store::kAcknowledged);
  ASSERT_TRUE(said && *said);
  EXPECT_EQ((*said)->why, "seen");
  EXPECT_EQ(call(ack, {}), 2);
}

}  // namespace
}  // namespace tanist::cli

// Behind the point of no return nothing stops a switch, and what could not be done is said. And the questions
// before it.
#include <gmock/gmock.h>

#include "execute/test_switch.h"

namespace tanist::execute {
namespace {

using sim::Recovery;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(SwitchAfter, a_signal_behind_the_point_of_no_return_finishes_the_switch) {
  Recovery recovery(switchable(3));
  bool signalled = false;
  recovery.switching.stop_requested = [&signalled] { return signalled; };
  recovery.when("server2: SET GLOBAL read_only = 0", [&signalled] { signalled = true; });
  EXPECT_EQ(recovery.run_switch().exit_code, 0);
  EXPECT_TRUE(signalled);
  expect_follows(recovery, 3, 2);
}

TEST(SwitchAfter, a_replica_that_cannot_follow_is_told_by_10) {
  Recovery recovery(switchable(4));
  recovery.when("server2: SET GLOBAL read_only = 0", [&] { recovery.server(3).kill(false); });
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.why, HasSubstr("db3(10.0.0.3:3306) does not replicate from db2(10.0.0.2:3306)"));
  EXPECT_EQ(result.new_primary, ServerId("server2"));
  expect_follows(recovery, 4, 2);
}

TEST(SwitchAfter, an_old_primary_without_a_password_is_left_to_a_person) {
  Recovery recovery(switchable(3));
  for (auto& server : recovery.cluster.servers) server.repl_password = Secret("");
  recovery.switching.policy.old_becomes_replica = true;
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.why, HasSubstr("no repl_password is configured"));
  EXPECT_THAT(result.why, HasSubstr("CHANGE MASTER TO MASTER_HOST='10.0.0.2'"));
  expect_follows(recovery, 3, 2);
}

TEST(SwitchAfter, what_the_old_primary_alone_has_is_said) {
  Recovery recovery(switchable(3));
  recovery.switching.policy.old_becomes_replica = true;
  recovery.when("server1: UNLOCK TABLES",
                [&] { recovery.server(1).commit(); });  // with SUPER, through read_only
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 10);
  EXPECT_THAT(result.why, HasSubstr("db1(10.0.0.1:3306) has been written to although it was not to be"));
  EXPECT_FALSE(recovery.channel(1).configured);
}

TEST(SwitchQuestions, are_those_of_the_original_in_its_order) {
  Recovery recovery(switchable(3));
  std::vector<std::string> asked;
  recovery.switching.interactive = recovery.switching.ask_before_flush = true;
  recovery.switching.ask = [&](const std::string& question) -> std::optional<std::string> {
    asked.push_back(question);
    if (question.find("(YES/no)") != question.npos) return "no";
    if (question.find("Starting master switch") != question.npos) return "no";
    if (question.find("Enter new master host") != question.npos) return "db3";
    return "yes";
  };
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 0) << result.why;
  EXPECT_EQ(result.new_primary, ServerId("server3"));
  EXPECT_THAT(
      asked, ElementsAre(HasSubstr("Is it ok to execute on db1(10.0.0.1:3306)? (YES/no): "),
                         "\nStarting master switch from db1(10.0.0.1:3306) to db2(10.0.0.2:3306)? (yes/NO): ",
                         "Continue? (yes/NO): ", "Enter new master host name: ",
                         "Master switch to db3. Is it ok to proceed? (yes/NO): "));
  EXPECT_THAT(recovery.steps(), Not(Contains("flush_tables server1")));
}

TEST(SwitchQuestions, no_is_the_end) {
  Recovery recovery(switchable(3));
  recovery.switching.interactive = true;
  recovery.switching.ask = [](const std::string&) { return std::nullopt; };
  auto result = recovery.run_switch();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.why, StartsWith("Not typed yes. Stopping"));
  EXPECT_THAT(recovery.world.acts, IsEmpty());
}

}  // namespace
}  // namespace tanist::execute

#include <gmock/gmock.h>

#include <map>

#include "compat/test_outside.h"

namespace tanist::compat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// Exit codes of the look over there (manager/witnesses.cc).
constexpr int kGreeting = 0, kRefused = 3, kNoGreeting = 4, kNoEcho = 5;

class SecondaryCheckTest : public ShellCommandTest {
 protected:
  SecondaryCheckTest() {
    least_logged = sys::Level::error;
    on_command = [this](const remote::Host& from, const remote::Command& command) {
      const bool insert = command.argv[0] == "sh";
      asked.push_back(from.user + "@" + from.name + ":" + std::to_string(from.port) + (insert ? " insert" : " look"));
      last = command;
      sys::ProcessResult result = insert ? inserts[from.name] : sys::ProcessResult{};
      if (!insert) result.status.code = sees[from.name];
      if (!insert && sees[from.name] == kRefused) result.output = "bash: connect: Connection refused\n";
      return Result<sys::ProcessResult>(result);
    };
  }
  int check(std::vector<std::string> more) {
    std::vector<std::string> args{"-s", "far1", "--secondary_host=far2", "--master_host=db1"};
    args.insert(args.end(), more.begin(), more.end());
    return run(masterha_secondary_check, args).value_or(-1);
  }

  std::map<std::string, int> sees;
  std::map<std::string, sys::ProcessResult> inserts;
  std::vector<std::string> asked;
  remote::Command last;
};

TEST_F(SecondaryCheckTest, nobody_reaches_the_primary) {
  sees = {{"far1", kRefused}, {"far2", kNoEcho}};
  EXPECT_EQ(check({"--user=ha", "--port=2222", "--master_port=3307"}), 0);
  EXPECT_EQ(printed,
            "Monitoring server far1 is reachable, Master is not reachable from far1. OK.\n"
            "Monitoring server far2 is reachable, Master is not reachable from far2. OK.\n");
  EXPECT_THAT(asked, ElementsAre("ha@far1:2222 look", "ha@far2:2222 look"));
  EXPECT_EQ(last.argv[3], "db1");
  EXPECT_EQ(last.argv[4], "3307");
}

TEST_F(SecondaryCheckTest, a_hung_server_is_not_reached) {
  sees = {{"far1", kNoGreeting}, {"far2", kNoGreeting}};
  EXPECT_EQ(check({}), 0);
  EXPECT_THAT(printed, HasSubstr("far1 (it accepts connections and says nothing). OK.\n"));
}

TEST_F(SecondaryCheckTest, one_that_hears_it_is_enough) {
  sees = {{"far1", kNoEcho}, {"far2", kGreeting}};
  EXPECT_EQ(check({"--master_ip=10.0.0.1"}), 3);
  EXPECT_THAT(printed, HasSubstr("Master is reachable from far2!\n"));
  EXPECT_EQ(last.argv[3], "10.0.0.1");
  unreachable = {"far1"};
  EXPECT_EQ(check({}), 3) << "a host that cannot be asked is no verdict";
}

TEST_F(SecondaryCheckTest, a_host_that_cannot_be_asked_says_nothing) {
  sees = {{"far2", kRefused}};
  unreachable = {"far1"};
  EXPECT_EQ(check({}), 2);
  EXPECT_THAT(printed, StartsWith("Monitoring server far1 is NOT reachable!\n"));
  unreachable.clear();
  sees["far1"] = 127;  // no bash there
  EXPECT_EQ(check({}), 2);
}

TEST_F(SecondaryCheckTest, an_insert_ping_must_be_able_to_write) {
  sees = {{"far1", kRefused}, {"far2", kGreeting}};
  const std::vector<std::string> args{"--ping_type=INSERT", "--master_user=ha", "--master_password=p'w"};
  EXPECT_EQ(check(args), 3);
  EXPECT_THAT(asked, ElementsAre("root@far1:22 look", "root@far2:22 look", "root@far2:22 insert"));
  EXPECT_EQ(last.stdin_text, "p'w\n");
  for (const std::string& word : last.argv) EXPECT_EQ(word.find("p'w"), std::string::npos) << word;

  inserts["far2"].status.code = 1;
  inserts["far2"].output = "ERROR 1021 (HY000) at line 1: Disk full\n";
  EXPECT_EQ(check(args), 0);
  EXPECT_THAT(printed, HasSubstr("far2 (it greets but takes no write: ERROR 1021 (HY000) at line 1: Disk full). OK.\n"));
  inserts["far2"].output = "ERROR 1045 (28000): Access denied for user 'ha'\n";
  EXPECT_EQ(check(args), 3) << "who is refused has been answered";
  inserts["far2"].status.code = 124;
  inserts["far2"].output = "";
  EXPECT_EQ(check(args), 0);
  inserts["far2"].status.code = 127;
  EXPECT_EQ(check(args), 2);
}

TEST_F(SecondaryCheckTest, usage) {
  EXPECT_EQ(run(masterha_secondary_check, {"-s", "far1"}), 1);
  EXPECT_EQ(run(masterha_secondary_check, {"--master_host=db1"}), 0) << "as MHA";
  EXPECT_EQ(run(masterha_secondary_check, {"--help"}), 0);
}

}  // namespace
}  // namespace tanist::compat

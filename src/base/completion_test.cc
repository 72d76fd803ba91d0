#include <gtest/gtest.h>

#include "base/options.h"

namespace tanist {
namespace {

constexpr OptionRow kRows[] = {
    {"conf|c", OptionKind::text, "", "FILE", "application configuration file"},
    {"interactive", OptionKind::boolean, "1", "", "ask"},
};
constexpr CommandTable kTable{.name = "tanist try", .usage = "[CLUSTER] [options]", .summary = "Tries.", .rows = kRows,
                              .unknown_options = Unknown::error};

TEST(Completion, is_told_the_words_and_options_of_a_command) {
  CommandLine line = read_command_line(kTable, std::vector<std::string>{"--completion-words"});
  EXPECT_EQ(line.exit_code, 0);
  EXPECT_EQ(line.out, "[CLUSTER] [options]\n--conf=FILE\n-c=FILE\n--interactive\n--help\n--version\n");
  EXPECT_EQ(line.err, "");
}

TEST(Completion, is_told_nothing_on_a_users_own_line) {
  EXPECT_EQ(read_command_line(kTable, std::vector<std::string>{"--completion-words", "app1"}).exit_code, 1);
}

}  // namespace
}  // namespace tanist

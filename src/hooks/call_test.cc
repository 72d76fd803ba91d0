#include "hooks/call.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace tanist::hooks {
namespace {

std::string every_printable_character() {
  std::string all;
  for (char c = ' '; c <= '~'; ++c) all += c;
  return all;
}

// What a script really receives as its arguments: each followed by a NUL byte.
std::string received_by_script(std::vector<Argument> arguments) {
  std::string line =
      command_line({.script = "printf '%s\\0'", .arguments = std::move(arguments), .deadline = {}});
  std::unique_ptr<FILE, int (*)(FILE*)> shell(::popen(line.c_str(), "r"), ::pclose);
  std::string output;
  for (int c; (c = std::fgetc(shell.get())) != EOF;) output += static_cast<char>(c);
  return output;
}

TEST(Call, a_password_reaches_the_script_with_the_backslashes_of_3_1) {
  std::string expected = "--x_password=";
  for (char c : every_printable_character()) {
    // The list of reference 3.1; the quote survives as it is, the backslash is doubled.
    if (std::string_view("\"!#&;`|*?~<>^()[]{}$, \\").find(c) != std::string_view::npos) expected += '\\';
    expected += c;
  }
  EXPECT_EQ(
      received_by_script({{.name = "x_password", .value = every_printable_character(), .quoted = true}}),
      expected + '\0');
}

TEST(Call, passwords_by_the_environment_are_on_no_command_line) {
  Call call{"hook", {{.name = "command", .value = "start"}}, {}};
  for (auto way : {PasswordWay::argv, PasswordWay::env, PasswordWay::none}) {
    call.arguments.push_back({.name = "new_master_password", .value = "ge heim", .secret = true, .quoted = true, .way = way});
    const bool argv = way == PasswordWay::argv;
    EXPECT_EQ(command_line(call), argv ? "hook --command=start --new_master_password='ge\\ heim'" : "hook --command=start");
    EXPECT_EQ(printable(call), argv ? "hook --command=start --new_master_password=xxx" : "hook --command=start");
    const std::map<std::string, std::string> in_env{{"MHA_NEW_MASTER_PASSWORD", "ge heim"}};
    EXPECT_EQ(environment(call), way == PasswordWay::env ? in_env : decltype(in_env){});
    call.arguments.pop_back();
  }
}

TEST(Call, other_values_reach_the_script_as_they_are) {
  std::string value = every_printable_character() + "\nsecond line\ttab";
  EXPECT_EQ(received_by_script({{.name = "body", .value = value}}), "--body=" + value + '\0');
}

TEST(Call, an_empty_value_is_nothing_after_the_equals_sign) {
  Call call{.script = "hook.sh",
            .arguments = {{.name = "x_password", .value = "", .quoted = true}},
            .deadline = {}};
  EXPECT_EQ(command_line(call), "hook.sh --x_password=");
}

TEST(Call, the_script_is_a_prefix_and_may_hold_words_and_redirections) {
  EXPECT_EQ(
      command_line({.script = "hook.sh -v 2>&1", .arguments = {{.name = "a", .value = "b"}}, .deadline = {}}),
      "hook.sh -v 2>&1 --a=b");
}

TEST(Call, a_program_is_looked_for_and_not_run) {
  EXPECT_EQ(whether_it_is_there("masterha_secondary_check -s far1"), "command -v masterha_secondary_check >/dev/null");
  EXPECT_EQ(whether_it_is_there(" LANG=C '/opt/my scripts/check' -s far1"),
            "test -f '/opt/my scripts/check' && test -x '/opt/my scripts/check'");
  EXPECT_EQ(whether_it_is_there("$HOME/check"), "");
  EXPECT_EQ(whether_it_is_there("a=b"), "");
  auto code = [](std::string_view script) { return std::system(whether_it_is_there(script).c_str()); };
  EXPECT_EQ(code("sh -c 'exit 3'"), 0);
  EXPECT_EQ(code("/bin/sh"), 0);
  EXPECT_NE(code("/etc/passwd"), 0) << "not executable";
  EXPECT_NE(code("/nowhere/check"), 0);
  EXPECT_NE(code("tanist_has_no_such_program"), 0);
}

TEST(Call, what_is_printed_holds_no_secret) {
  Call call{.script = "hook.sh",
            .arguments = {{.name = "u", .value = "it's", .quoted = true},
                          {.name = "p", .value = "geheim", .secret = true, .quoted = true},
                          {.name = "empty", .value = "", .secret = true},
                          {.name = "last", .flag = true}},
            .deadline = {}};
  EXPECT_EQ(printable(call), "hook.sh --u='it'\\''s' --p=xxx --empty=xxx --last");
}

}  // namespace
}  // namespace tanist::hooks

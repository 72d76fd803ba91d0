#include "remote/own_status.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/text.h"

namespace tanist::remote {
namespace {

struct Ended {
  int code;
  std::string output;
};

// As sshd does: the login shell gets the line.
Ended in_login_shell(const std::string& line) {
  FILE* shell = ::popen(("{ " + line + "; } 2>&1").c_str(), "r");
  std::string output;
  for (int c; (c = std::fgetc(shell)) != EOF;) output += static_cast<char>(c);
  int status = ::pclose(shell);
  return {WEXITSTATUS(status), output};
}

Ended told(const std::vector<std::string>& argv) {
  return in_login_shell(in_sh(telling_its_own_255(script_of(argv), "WORD")));
}

TEST(OwnStatus, only_a_commands_own_255_is_told) {
  EXPECT_EQ(told({"sh", "-c", "echo hi; exit 255"}).output, "hi\nWORD\n");
  EXPECT_EQ(told({"sh", "-c", "echo hi; exit 255"}).code, 255);
  EXPECT_EQ(told({"sh", "-c", "exit 254"}).output, "");
  EXPECT_EQ(told({"sh", "-c", "exit 254"}).code, 254);
  EXPECT_EQ(told({"true"}).code, 0);
  EXPECT_EQ(told({"sh", "-c", "kill -9 $$"}).code, 128 + 9);
}

TEST(OwnStatus, words_arrive_as_they_are) {
  std::string all;
  for (char c = ' '; c <= '~'; ++c) all += c;
  EXPECT_EQ(told({"printf", "%s|", all, "", "two words", "new\nline"}).output,
            all + "||two words|new\nline|");
}

TEST(OwnStatus, a_bounded_command_ends_with_all_it_started) {
  std::string script = "sleep 1000 & echo $!; wait";
  auto ended = in_login_shell(in_sh(telling_its_own_255(bounded(script, std::chrono::seconds(1)), "WORD")));
  EXPECT_EQ(ended.code, 128 + 9);
  // A zombie, where nobody collects orphans, has no program any more.
  EXPECT_FALSE(std::filesystem::exists("/proc/" + std::string(trim(ended.output)) + "/exe"));
  EXPECT_EQ(in_login_shell(bounded("exit 7", std::chrono::seconds(100))).code, 7);
}

struct Filtered {
  std::string passed;
  bool heard;
};

Filtered filtered(const std::vector<std::string>& pieces) {
  Filtered result{};
  WordFilter filter("WORD", [&](std::string_view text) { result.passed += text; });
  for (const std::string& piece : pieces) filter(piece);
  filter.finish();
  result.heard = filter.heard();
  return result;
}

TEST(OwnStatus, the_word_is_taken_out_of_the_output_however_it_is_cut) {
  std::string text = "some WO\nWOR D\nlast lineWORD\n";
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      auto result =
          filtered({text.substr(0, first), text.substr(first, second - first), text.substr(second)});
      EXPECT_EQ(result.passed, "some WO\nWOR D\nlast line");
      EXPECT_TRUE(result.heard);
    }
  }
}

TEST(OwnStatus, output_without_the_word_is_complete) {
  auto result = filtered({"ends with WO", "R"});
  EXPECT_EQ(result.passed, "ends with WOR");
  EXPECT_FALSE(result.heard);
}

}  // namespace
}  // namespace tanist::remote

#include "base/text.h"

#include <gtest/gtest.h>

namespace tanist {
namespace {

TEST(Text, trims_and_splits) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(Text, numbers_are_whole_or_nothing) {
  EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
  EXPECT_FALSE(parse_uint("18446744073709551616"));
  EXPECT_FALSE(parse_uint(""));
  EXPECT_FALSE(parse_uint("12x"));
  EXPECT_FALSE(parse_uint("-1"));
}

TEST(Text, finds_the_name_that_was_meant) {
  std::vector<std::string_view> known{"ping_interval", "ping_type", "port"};
  EXPECT_EQ(nearest("ping_intervall", known), "ping_interval");
  EXPECT_EQ(nearest("Port", known), "port");
  EXPECT_FALSE(nearest("candidate", known));
}

TEST(Text, quotes_for_the_shell_only_where_needed) {
  EXPECT_EQ(shell_quote("a-b_c./=1"), "a-b_c./=1");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("it's $HOME"), "'it'\\''s $HOME'");
}

}  // namespace
}  // namespace tanist

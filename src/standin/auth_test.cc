#include "standin/auth.h"

#include <gtest/gtest.h>

namespace tanist::standin {
namespace {

const Scramble kScramble = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

std::string hex(std::string_view bytes) {
  std::string out;
  char pair[3];
  for (unsigned char byte : bytes) {
    snprintf(pair, sizeof pair, "%02x", byte);
    out += pair;
  }
  return out;
}

// Computed apart from this code, from the published formulas.
TEST(Auth, tokens_are_those_of_the_two_plugins) {
  EXPECT_EQ(hex(native_token("secret", kScramble)), "b32bb3a583e1340c0a1108d58b1be49781ad8c2f");
  EXPECT_EQ(hex(caching_sha2_token("secret", kScramble)),
            "746ebe205d56a0707acb3e796e834e0dd7b1d61743b26bd5202c7a623230c7c9");
  EXPECT_EQ(native_token("", kScramble), "");
  EXPECT_EQ(caching_sha2_token("", kScramble), "");
}

TEST(Auth, a_known_password_is_checked_and_an_unknown_one_is_not) {
  struct Case {
    const char* user;
    std::string_view plugin;
    std::string token;
    bool enters;
  };
  const std::vector<Credential> credentials = {
      {"repl", Secret("secret")}, {"repl", Secret("older")}, {"other", std::nullopt}, {"bare", Secret("")}};
  const std::string right = native_token("secret", kScramble), sha2 = caching_sha2_token("secret", kScramble);
  for (const Case& c : {
           Case{"repl", kNativePassword, right, true},
           Case{"repl", kNativePassword, native_token("older", kScramble), true},
           Case{"repl", kCachingSha2, sha2, true},
           Case{"repl", kNativePassword, sha2, false},
           Case{"repl", kNativePassword, "", false},
           Case{"repl", kNativePassword, native_token("wrong", kScramble), false},
           Case{"other", kNativePassword, "whatever", true},
           Case{"other", "mysql_clear_password", "whatever", false},
           Case{"nobody", kNativePassword, right, false},
           Case{"", kNativePassword, "", false},
           Case{"bare", kNativePassword, "", true},
           Case{"bare", kNativePassword, right, false},
       }) {
    EXPECT_EQ(may_enter(credentials, c.user, c.plugin, c.token, kScramble), c.enters)
        << c.user << " " << c.plugin;
  }
}

}  // namespace
}  // namespace tanist::standin

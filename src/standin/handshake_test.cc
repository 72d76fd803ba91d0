#include "standin/handshake.h"

#include <gtest/gtest.h>

namespace tanist::standin {
namespace {

Scramble counting() {
  Scramble scramble;
  for (size_t i = 0; i < scramble.size(); ++i) scramble[i] = static_cast<uint8_t>('A' + i);
  return scramble;
}

TEST(Handshake, the_greeting_is_laid_out_as_servers_do) {
  const std::string packet = greeting_packet({"9.7.4", 7, counting(), kCachingSha2, true});
  ByteReader in(as_bytes(packet));
  EXPECT_EQ(in.u8(), 10);
  EXPECT_EQ(in.until_nul(), "9.7.4");
  EXPECT_EQ(in.u32(), 7u);
  EXPECT_EQ(in.text(8), "ABCDEFGH");
  EXPECT_EQ(in.u8(), 0);
  uint32_t capabilities = in.u16();
  EXPECT_EQ(in.u8(), 0x21);
  EXPECT_EQ(in.u16(), 0x0002);
  capabilities |= static_cast<uint32_t>(in.u16()) << 16;
  EXPECT_EQ(in.u8(), 21);
  in.skip(10);
  EXPECT_EQ(in.until_nul(), "IJKLMNOPQRST");
  EXPECT_EQ(in.until_nul(), "caching_sha2_password");
  EXPECT_EQ(in.left(), 0u);
  EXPECT_FALSE(in.failed());
  EXPECT_TRUE(capabilities & 0x800) << "TLS is offered";
  EXPECT_FALSE(capabilities & (1u << 24)) << "DEPRECATE_EOF must not be offered";
  EXPECT_FALSE(capabilities & (1u << 27)) << "QUERY_ATTRIBUTES must not be offered";
  const std::string plain = greeting_packet({"9.7.4", 7, counting(), kNativePassword, false});
  EXPECT_EQ(plain.find("caching"), std::string::npos);
}

std::string login(uint32_t capabilities, std::string_view after_head) {
  ByteWriter out;
  out.u32(capabilities).u32(1 << 24).u8(33).zeros(23).text(after_head);
  return std::move(out).take();
}

TEST(Handshake, the_login_is_read_with_and_without_its_optional_parts) {
  using namespace std::string_literals;
  constexpr uint32_t k41 = 0x200, kDb = 0x8, kPlugin = 0x80000, kLenenc = 0x200000;
  struct Case {
    const char* claim;
    uint32_t capabilities;
    std::string rest;
    Login expected;
  };
  for (const Case& c : {
           Case{"bare", k41, "repl\0\3tok"s, {false, "repl", "tok", "mysql_native_password"}},
           Case{"with plugin and attributes",
                k41 | kPlugin | kLenenc,
                "repl\0\3tokcaching_sha2_password\0attrs"s,
                {false, "repl", "tok", "caching_sha2_password"}},
           Case{"with a database",
                k41 | kDb | kPlugin,
                "repl\0\0mysql\0mysql_native_password\0"s,
                {false, "repl", "", "mysql_native_password"}},
           Case{"plugin without its NUL",
                k41 | kPlugin,
                "repl\0\0client_ed25519"s,
                {false, "repl", "", "client_ed25519"}},
       }) {
    Result<Login> read = parse_login(login(c.capabilities, c.rest));
    ASSERT_TRUE(read) << c.claim;
    EXPECT_EQ(read->user, c.expected.user) << c.claim;
    EXPECT_EQ(read->token, c.expected.token) << c.claim;
    EXPECT_EQ(read->plugin, c.expected.plugin) << c.claim;
    EXPECT_FALSE(read->asks_for_tls) << c.claim;
  }
}

TEST(Handshake, thirty_two_bytes_with_the_tls_bit_ask_for_tls) {
  EXPECT_TRUE(parse_login(login(0x200 | 0x800, ""))->asks_for_tls);
  EXPECT_FALSE(parse_login(login(0x200, ""))) << "without the bit it is a login cut short";
}

TEST(Handshake, a_login_cut_anywhere_is_an_error_or_short_never_a_crash) {
  using namespace std::string_literals;
  const std::string whole =
      login(0x200 | 0x8 | 0x80000 | 0x200000, "repl\0\x14"s + std::string(20, 't') + "db\0plugin\0"s);
  for (size_t size = 0; size < whole.size(); ++size) parse_login(std::string_view(whole).substr(0, size));
  EXPECT_FALSE(parse_login(login(0, "repl\0\0"s))) << "protocol before 4.1";
}

}  // namespace
}  // namespace tanist::standin

#include "standin/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gtid/mysql_gtid_codec.h"
#include "standin/picture.h"
#include "standin/test_source.h"

namespace tanist::standin {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::StartsWith;

// A replica's end of the line, by hand: what it says, and in pictures what it hears.
class Client {
 public:
  explicit Client(std::string_view version = "5.6.24-log", std::string address = "10.0.0.2")
      : source_(version) {
    const bool mariadb = source_.facts().version.is_mariadb();
    source_.file("bin.000001").group(mariadb ? "0-1-1" : "").group(mariadb ? "0-1-2" : "");
    profile_.version = parse_server_version(version);
    profile_.server_id = 11;
    profile_.server_uuid = "11111111-1111-1111-1111-111111111111";
    profile_.checksum = "CRC32";
    profile_.credentials = {{"repl", Secret("secret")}};
    profile_.replicas = {{"10.0.0.2", "ON"}};
    address_ = std::move(address);
  }
  Profile& profile() { return profile_; }

  Conversation& talk() {
    if (!conversation_) {
      conversation_.emplace(profile_, source_, Peer{address_, 4000, 1, kScramble},
                            [this](const Event& event) {
                              seen_ += (seen_.empty() ? "" : ",") + std::string(event.kind) +
                                       (event.number ? " " + std::to_string(event.number) : "");
                            });
    }
    return *conversation_;
  }
  std::string hears() { return std::exchange(talk().output(), {}); }
  // A packet as the client would frame it; gives the answer's bytes.
  std::string says(std::string_view payload, uint8_t sequence = 0) {
    std::string wire;
    PacketWriter writer(wire);
    writer.restart(sequence);
    writer.packet(payload);
    talk().on_bytes(as_bytes(wire), 1700000000);
    return hears();
  }
  std::string login(std::string_view plugin, const std::string& token, std::string_view user = "repl",
                    bool tls = false) {
    ByteWriter out;
    out.u32(0x200 | 0x80000 | 0x200000 | (tls ? 0x800 : 0)).u32(1 << 24).u8(33).zeros(23);
    out.text(user).zeros(1).lenenc_text(token).text(plugin).zeros(1);
    return says(out.str(), 1);
  }
  std::string asks(std::string_view sql) { return says("\x03" + std::string(sql)); }
  std::string dump(std::string file, uint64_t position, uint16_t flags = 0) {
    ByteWriter out;
    out.u8(0x12).u32(position).u16(flags).u32(77).text(file);
    return says(out.str());
  }
  // Logged in, with what a MySQL receiver says before its dump.
  Client& ready() {
    hears();
    EXPECT_THAT(login(kNativePassword, native_token("secret", kScramble)), HasSubstr("\0\0\0\2\0\0\0"s));
    asks("SET @master_heartbeat_period= 1000000000");
    asks("SET @master_binlog_checksum= @@global.binlog_checksum");
    return *this;
  }
  std::string pump(TimePoint now = TimePoint()) {
    talk().pump(now, 100000);
    return hears();
  }
  const std::string& seen() const { return seen_; }

  static constexpr Scramble kScramble = {65, 66, 67, 68, 69, 70, 71, 72, 73, 74,
                                         75, 76, 77, 78, 79, 80, 81, 82, 83, 84};

 private:
  TestSource source_;
  Profile profile_;
  std::string address_;
  std::optional<Conversation> conversation_;
  std::string seen_;
};

const std::string kOkFrame = "\7\0\0\2\0\0\0\2\0\0\0"s;

TEST(Conversation, greets_with_the_dead_servers_version_and_the_plugin_of_its_flavour) {
  EXPECT_THAT(Client("5.6.24-log").hears(), HasSubstr("5.6.24-log\0"s));
  EXPECT_THAT(Client("5.6.24-log").hears(), HasSubstr("mysql_native_password\0"s));
  EXPECT_THAT(Client("10.11.19-MariaDB").hears(), HasSubstr("5.5.5-10.11.19-MariaDB\0"s));
  EXPECT_THAT(Client("9.7.4").hears(), HasSubstr("caching_sha2_password\0"s));
}

TEST(Conversation, a_stranger_is_told_so_instead_of_a_greeting) {
  Client stranger("5.6.24-log", "10.0.0.9");
  EXPECT_THAT(stranger.hears(), HasSubstr("Host '10.0.0.9' is not one of the replicas"));
  EXPECT_TRUE(stranger.talk().closing());
  EXPECT_EQ(stranger.seen(), "connected,denied 1130");
}

TEST(Conversation, lets_in_by_native_password_and_by_sha2_without_a_round_more) {
  Client native;
  native.hears();
  EXPECT_EQ(native.login(kNativePassword, native_token("secret", Client::kScramble)), kOkFrame);
  Client sha2("9.7.4");
  sha2.hears();
  EXPECT_EQ(sha2.login(kCachingSha2, caching_sha2_token("secret", Client::kScramble)),
            "\2\0\0\2\1\3"s + "\7\0\0\3\0\0\0\2\0\0\0"s);
}

TEST(Conversation, a_client_with_another_plugin_is_asked_again) {
  Client client;
  client.hears();
  EXPECT_THAT(client.login(kCachingSha2, ""), HasSubstr("\xfe"
                                                        "caching_sha2_password\0"s));
  EXPECT_THAT(client.says(caching_sha2_token("secret", Client::kScramble), 3), StartsWith("\2\0\0\4\1\3"s));
  Client exotic;
  exotic.hears();
  EXPECT_THAT(exotic.login("client_ed25519", ""), HasSubstr("\xfemysql_native_password\0"s));
  EXPECT_THAT(exotic.says(native_token("secret", Client::kScramble), 3), StartsWith("\7\0\0\4\0"s));
}

TEST(Conversation, wrong_user_and_wrong_password_are_refused_with_1045) {
  for (auto& [user, password] : std::vector<std::pair<std::string, std::string>>{
           {"repl", "wrong"}, {"root", "secret"}, {"repl", ""}}) {
    Client client;
    client.hears();
    EXPECT_THAT(client.login(kNativePassword, native_token(password, Client::kScramble), user),
                HasSubstr("#28000Access denied for user '" + user));
    EXPECT_TRUE(client.talk().closing());
    EXPECT_EQ(client.seen(), "connected,denied 1045");
  }
}

TEST(Conversation, a_user_without_password_gets_no_fast_auth_packet) {
  Client client("9.7.4");
  client.profile().credentials = {{"repl", Secret("")}};
  client.hears();
  EXPECT_EQ(client.login(kCachingSha2, "\0"s), kOkFrame);
}

TEST(Conversation, tls_is_begun_where_it_is_offered_and_the_next_bytes_are_not_touched) {
  Client client;
  client.profile().tls = true;
  client.hears();
  ByteWriter request;
  request.u32(0x200 | 0x800).u32(1 << 24).u8(33).zeros(23);
  std::string wire;
  PacketWriter writer(wire);
  writer.restart(1);
  writer.packet(request.str());
  client.talk().on_bytes(as_bytes(wire + "\x16\x03\x01hello"), 0);
  ASSERT_TRUE(client.talk().wants_tls());
  EXPECT_EQ(client.talk().take_rest(), "\x16\x03\x01hello");
  client.talk().on_tls();
  EXPECT_THAT(client.login(kNativePassword, native_token("secret", Client::kScramble), "repl", true),
              HasSubstr("\0\0\0\2\0\0\0"s));
}

TEST(Conversation, tls_where_it_is_not_offered_is_refused) {
  Client client;
  client.hears();
  ByteWriter request;
  request.u32(0x200 | 0x800).u32(1 << 24).u8(33).zeros(23);
  EXPECT_THAT(client.says(request.str(), 1), HasSubstr("asks for TLS"));
  EXPECT_TRUE(client.talk().closing());
}

TEST(Conversation, answers_hear_the_mode_of_this_replica) {
  Client client;
  EXPECT_THAT(client.ready().asks("SELECT @@GLOBAL.GTID_MODE"), HasSubstr("\2ON"));
  EXPECT_THAT(client.asks("SELECT @@global.rpl_semi_sync_source_enabled"),
              HasSubstr("\xff\xa9\x04#HY000Unknown system variable"));
}

TEST(Conversation, dumps_to_the_end_and_then_beats_once_per_period) {
  Client client;
  EXPECT_EQ(client.ready().dump("bin.000001", 4), "");
  EXPECT_EQ(client.talk().wakes_at(), TimePoint::min());
  const TimePoint start{};
  const std::string seen = picture(client.pump(start), binlog::Checksum::crc32);
  EXPECT_THAT(seen,
              StartsWith("rotate=bin.000001:4+ fde gtid  query xid gtid  query xid heartbeat=bin.000001:"));
  EXPECT_EQ(client.talk().wakes_at(), start + std::chrono::seconds(1));
  EXPECT_EQ(client.pump(start + std::chrono::milliseconds(999)), "");
  EXPECT_THAT(picture(client.pump(start + std::chrono::seconds(1)), binlog::Checksum::crc32, 10),
              StartsWith("heartbeat="));
  client.says("\x01"s);
  EXPECT_TRUE(client.talk().closing());
  client.talk().on_end("quit");
  client.talk().on_end("twice");
  EXPECT_EQ(client.seen(), "connected,dump,sent_to_end,disconnected");
}

TEST(Conversation, who_wants_no_heartbeats_gets_none) {
  Client client;
  client.ready().asks("SET @master_heartbeat_period= 0");
  client.dump("bin.000001", 4);
  EXPECT_THAT(picture(client.pump(), binlog::Checksum::crc32), testing::EndsWith("xid"));
  EXPECT_EQ(client.talk().wakes_at(), std::nullopt);
}

TEST(Conversation, a_refused_dump_is_error_1236_and_another_may_follow) {
  Client client;
  EXPECT_THAT(client.ready().dump("bin.000009", 4),
              HasSubstr("\xff\xd4\x04#HY000Could not find first log file name"));
  client.dump("bin.000001", 4);
  EXPECT_THAT(picture(client.pump(), binlog::Checksum::crc32), HasSubstr("fde"));
  EXPECT_EQ(client.seen(), "connected,dump,refused 1236,dump,sent_to_end");
}

// mysqlbinlog without --stop-never.
TEST(Conversation, a_dump_that_must_not_block_ends_with_eof) {
  Client client;
  client.ready().dump("bin.000001", 4, kDumpNonBlocking);
  EXPECT_THAT(picture(client.pump(), binlog::Checksum::crc32), testing::EndsWith("xid EOF"));
  EXPECT_THAT(client.says("\x0e"s), kOkFrame.substr(0, 3) + "\1"s + kOkFrame.substr(4))
      << "and goes on taking commands";
}

TEST(Conversation, mariadb_starts_by_its_state_whatever_the_coordinates) {
  Client client("10.11.19-MariaDB");
  client.hears();
  client.login(kNativePassword, native_token("secret", Client::kScramble));
  client.asks("SET @mariadb_slave_capability=4");
  client.asks("SET @master_binlog_checksum= @@global.binlog_checksum");
  client.asks("SET @slave_connect_state='0-1-1'");
  client.dump("old.000777", 99999, kDumpAnnotate);
  EXPECT_THAT(picture(client.pump(), binlog::Checksum::crc32),
              HasSubstr("=0-1-1 gtid 0-1-2 annotate query xid"));
  Client confused("10.11.19-MariaDB");
  confused.ready().asks("SET @slave_connect_state='nonsense'");
  EXPECT_THAT(confused.dump("bin.000001", 4), HasSubstr("@slave_connect_state"));
}

TEST(Conversation, no_bytes_at_all_can_harm_it) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    Client client(seed % 2 ? "9.7.4" : "10.11.19-MariaDB");
    if (seed % 3 == 0) client.profile().credentials = {{"repl", std::nullopt}};
    client.hears();
    if (seed % 3 == 0) client.login(kNativePassword, "any");
    uint32_t state = seed * 2654435761u;
    const auto next = [&state] { return state = state * 1664525u + 1013904223u, state >> 24; };
    for (int packet = 0; packet < 5; ++packet) {
      std::string payload(next() % 64, '\0');
      for (char& byte : payload) byte = static_cast<char>(next());
      if (!payload.empty() && seed % 2) payload[0] = "\x03\x12\x15\x1e\x0e"[next() % 5];
      client.says(payload, static_cast<uint8_t>(packet));
      client.pump();
    }
  }
}

}  // namespace
}  // namespace tanist::standin

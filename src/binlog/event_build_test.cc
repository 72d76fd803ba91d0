#include "binlog/event_build.h"

#include <gtest/gtest.h>

#include "binlog/crc32.h"
#include "binlog/event_bodies.h"
#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

bool checksum_right(const std::string& event) {
  Bytes bytes = as_bytes(event);
  return crc32(bytes.first(bytes.size() - 4)) == ByteReader(bytes.last(4)).u32();
}
std::string hex(std::string_view bytes) {
  std::string text;
  char pair[3];
  for (char c : bytes) text += (std::snprintf(pair, sizeof pair, "%02x", static_cast<uint8_t>(c)), pair);
  return text;
}

// Bytes that a real MariaDB primary sent (they are in its replica's relay log).
TEST(EventBuild, fake_rotate_is_what_a_real_primary_sends) {
  EXPECT_EQ(hex(build_fake_rotate(1, {"bin.000002", 4}, Checksum::crc32)),
            "00000000"
            "04"
            "01000000"
            "29000000"
            "00000000"
            "2000"
            "0400000000000000"
            "62696e2e303030303032"
            "c9de8b3c");
}

TEST(EventBuild, fake_gtid_list_is_what_a_real_primary_sends) {
  gtid::MariadbGtidPos state = gtid::MariadbGtidPos::parse("0-1-11").value();
  EXPECT_EQ(hex(build_fake_gtid_list(1, 587, state, Checksum::crc32)),
            "00000000"
            "a3"
            "01000000"
            "2b000000"
            "4b020000"
            "2000"
            "01000000"
            "00000000"
            "01000000"
            "0b00000000000000"
            "9900ece7");
}

TEST(EventBuild, heartbeats_say_where_the_source_stands) {
  EventHeader header =
      EventHeader::read(as_bytes(build_heartbeat(7, {"bin.000001", 120}, Checksum::none, false)));
  EXPECT_EQ(header.type, EventType::heartbeat);
  EXPECT_EQ(header.log_pos, 120u);
  EXPECT_EQ(header.timestamp, 0u);
  EXPECT_EQ(header.flags, 0);
  std::string far = build_heartbeat(7, {"bin.000001", 5'000'000'000}, Checksum::none, true);
  EXPECT_EQ(EventHeader::read(as_bytes(far)).log_pos, 0u);
  EXPECT_EQ(ByteReader(as_bytes(far).subspan(kHeaderSize)).u64(), 5'000'000'000u);
  std::string second = build_heartbeat_v2(7, {"b.1", 300}, Checksum::none);
  EXPECT_EQ(hex(std::string_view(second).substr(kHeaderSize)),
            "0103"
            "622e31"
            "0203"
            "fc2c01"
            "00");
}

TEST(EventBuild, a_format_description_for_each_kind_of_start) {
  testlib::LogBuilder log("10.11.19-MariaDB");
  log.format(kFlagInUse, 1234);
  Bytes event = as_bytes(log.bytes()).subspan(kMagicSize);
  auto created = [](const std::string& fd) { return FormatDescription::read(as_bytes(fd))->created; };
  auto header = [](const std::string& fd) { return EventHeader::read(as_bytes(fd)); };

  std::string whole = rewrite_format_description(event, Start::of_file).value();
  EXPECT_TRUE(checksum_right(whole));
  EXPECT_EQ(header(whole).flags, 0);
  EXPECT_EQ(header(whole).log_pos, kMagicSize + event.size());
  EXPECT_EQ(created(whole), 1234u);

  std::string middle = rewrite_format_description(event, Start::mid_file).value();
  EXPECT_TRUE(checksum_right(middle));
  EXPECT_EQ(header(middle).log_pos, 0u);
  EXPECT_EQ(created(middle), 0u);

  std::string behind = rewrite_format_description(event, Start::behind_head).value();
  EXPECT_EQ(header(behind).log_pos, 0u);
  EXPECT_EQ(created(behind), 1234u);
}

TEST(EventBuild, checksums_can_be_added_and_taken_away) {
  std::string with = build_fake_rotate(1, {"bin.000002", 4}, Checksum::crc32);
  std::string without = build_fake_rotate(1, {"bin.000002", 4}, Checksum::none);
  EXPECT_EQ(with_checksum(as_bytes(with), Checksum::crc32, Checksum::none), without);
  EXPECT_EQ(with_checksum(as_bytes(without), Checksum::none, Checksum::crc32), with);
  EXPECT_EQ(with_checksum(as_bytes(with), Checksum::crc32, Checksum::crc32), with);
}

}  // namespace
}  // namespace tanist::binlog

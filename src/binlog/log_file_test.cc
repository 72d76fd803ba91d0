// Every way in which a log file can be damaged, as far as one file can tell.
#include "binlog/log_file.h"

#include <gtest/gtest.h>

#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

using testlib::LogBuilder;
using testlib::LogDirectory;

class LogFileTest : public ::testing::Test {
 protected:
  Result<LogFile> open(std::string_view bytes) {
    dir_.write("bin.000001", bytes);
    return LogFile::open(dir_.path("bin.000001"));
  }
  // Reads to the end and tells the damage, and how many events were good.
  std::optional<Damage> damage_of(std::string_view bytes) {
    auto file = open(bytes);
    if (!file) {
      ADD_FAILURE() << file.error().what;
      return {};
    }
    EventReader reader = file->events(Verify::checksums);
    for (events_ = 0; reader.next(); ++events_) {
    }
    EXPECT_FALSE(reader.next());
    return reader.damage();
  }
  std::string text(const std::optional<Damage>& damage) {
    std::string whole = damage ? damage->text() : "none";
    size_t at = whole.find(dir_.path());
    return at == std::string::npos ? whole : whole.substr(dir_.path().size() + 1);
  }
  LogBuilder small() { return LogBuilder("10.11.19-MariaDB").format().mariadb_group("0-1-1"); }

  LogDirectory dir_;
  int events_ = 0;
};

TEST_F(LogFileTest, a_whole_file_has_no_damage) {
  EXPECT_FALSE(damage_of(small().bytes()));
  EXPECT_EQ(events_, 4);
}

TEST_F(LogFileTest, a_torn_event_is_told_with_its_place) {
  std::string bytes = small().bytes();
  EXPECT_EQ(text(damage_of(bytes.substr(0, bytes.size() - 3))),
            "bin.000001 at offset 231: the file ends inside XID, 28 of 31 bytes are there");
  EXPECT_EQ(events_, 3);
  auto header_only = damage_of(bytes.substr(0, bytes.size() - 20));
  EXPECT_EQ(header_only->kind, Damage::Kind::torn);
  EXPECT_EQ(text(header_only),
            "bin.000001 at offset 231: the file ends inside an event header, 11 bytes of it are there");
}

TEST_F(LogFileTest, a_file_filled_up_with_zeros_is_torn) {
  std::string bytes = small().bytes();
  auto damage = damage_of(bytes + std::string(5000, '\0'));
  EXPECT_EQ(damage->kind, Damage::Kind::torn);
  EXPECT_EQ(damage->offset, bytes.size());
}

TEST_F(LogFileTest, impossible_lengths_are_damage) {
  std::string bytes = small().bytes();
  for (uint32_t length : {0u, 18u, 22u, kMaxEventSize + 1, 0xffffffffu}) {
    std::string changed = bytes;
    std::string field = ByteWriter().u32(length).str();
    changed.replace(231 + 9, 4, field);
    auto damage = damage_of(changed);
    ASSERT_TRUE(damage);
    EXPECT_EQ(damage->kind, Damage::Kind::length) << length;
    EXPECT_EQ(damage->offset, 231u);
  }
}

TEST_F(LogFileTest, a_flipped_bit_is_found) {
  std::string bytes = small().bytes();
  bytes[231 + 20] = static_cast<char>(bytes[231 + 20] ^ 1);
  EXPECT_EQ(text(damage_of(bytes)), "bin.000001 at offset 231: checksum of XID does not match");
}

TEST_F(LogFileTest, the_in_use_flag_does_not_count_for_the_checksum) {
  LogBuilder log("10.11.19-MariaDB");
  log.format(kFlagInUse).mariadb_group("0-1-1");
  EXPECT_FALSE(damage_of(log.bytes()));
}

TEST_F(LogFileTest, a_file_that_ends_before_its_format_description_is_not_begun) {
  std::string bytes = small().bytes();
  uint64_t head = LogBuilder("10.11.19-MariaDB").format().size();
  for (uint64_t size : {uint64_t{0}, uint64_t{2}, uint64_t{4}, uint64_t{20}, head - 1}) {
    auto file = open(bytes.substr(0, size));
    ASSERT_TRUE(file) << size;
    EXPECT_FALSE(file->begun()) << size;
  }
  EXPECT_TRUE(open(bytes.substr(0, head))->begun());
}

TEST_F(LogFileTest, what_is_no_log_is_refused) {
  EXPECT_EQ(open("-- SQL dump").error().code, Errc::corrupt);
  EXPECT_EQ(open(std::string("\xfe"
                             "bin") +
                 LogBuilder("8.0.1").xid().bytes().substr(4))
                .error()
                .code,
            Errc::unsupported);
  EXPECT_EQ(LogFile::open(dir_.path("none")).error().code, Errc::not_found);
}

TEST_F(LogFileTest, encrypted_logs_are_named_as_such) {
  auto mysql = open(std::string("\xfd"
                                "bin\1",
                                5) +
                    std::string(600, 'x'));
  EXPECT_EQ(mysql.error().code, Errc::unsupported);
  EXPECT_NE(mysql.error().what.find("encrypted"), std::string::npos);
  LogBuilder log("10.11.19-MariaDB");
  log.format()
      .add(EventType::mariadb_start_encryption, "\1\1___nonce_nonce")
      .raw("random bytes, and more of them");
  auto mariadb = open(log.bytes());
  EXPECT_EQ(mariadb.error().code, Errc::unsupported);
  EXPECT_NE(mariadb.error().what.find("encrypted"), std::string::npos);
}

TEST_F(LogFileTest, without_checksums_lengths_are_still_checked) {
  LogBuilder log("8.0.36", Checksum::none);
  log.format().group("");
  EXPECT_FALSE(damage_of(log.bytes()));
  EXPECT_EQ(events_, 5);
  EXPECT_EQ(damage_of(log.bytes().substr(0, log.size() - 1))->kind, Damage::Kind::torn);
}

}  // namespace
}  // namespace tanist::binlog

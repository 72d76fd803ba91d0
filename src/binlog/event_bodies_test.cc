#include "binlog/event_bodies.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "binlog/event_build.h"
#include "gtid/mysql_gtid_codec.h"
#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

using testlib::LogBuilder;

// The one event that a builder made, without the magic.
Bytes only(const LogBuilder& log) { return as_bytes(log.bytes()).subspan(kMagicSize); }
Bytes body_of(Bytes event) { return event.subspan(kHeaderSize, event.size() - kHeaderSize - kChecksumSize); }

std::string format_of(std::string_view version, size_t types, std::string_view trailer) {
  ByteWriter body;
  body.u16(4).text(version).zeros(50 - version.size()).u32(0).u8(19).zeros(types).text(trailer);
  EventHeader header;
  header.type = EventType::format_description;
  return build_event(header, body.str(), Checksum::none);
}

TEST(EventBodies, format_descriptions_say_how_checksums_are_made) {
  std::string crc(
      "\1"
      "crcc",
      5),
      none(
          "\0"
          "crcc",
          5),
      undefined(
          "\xff"
          "crcc",
          5),
      strange(
          "\7"
          "crcc",
          5);
  auto read = [](const std::string& event) { return FormatDescription::read(as_bytes(event)); };
  EXPECT_EQ(read(format_of("5.6.24-log", 35, crc))->checksum, Checksum::crc32);
  EXPECT_EQ(read(format_of("9.7.4", 42, none))->checksum, Checksum::none);
  EXPECT_EQ(read(format_of("10.11.19-MariaDB-log", 171, undefined))->checksum, Checksum::none);
  EXPECT_EQ(read(format_of("5.3.12-MariaDB", 27, crc))->checksum, Checksum::crc32);
  EXPECT_EQ(read(format_of("5.3.12-MariaDB", 27, crc))->post_header_lengths.size(), 27u);
  EXPECT_FALSE(read(format_of("5.5.62-log", 27, ""))->has_checksum);
  EXPECT_EQ(read(format_of("5.5.62-log", 27, ""))->post_header_lengths.size(), 27u);
  EXPECT_EQ(read(format_of("5.7.44", 38, strange)).error().what, "checksum algorithm 7 is not known");
  // A damaged version text must not turn checksums off.
  EXPECT_FALSE(read(format_of("%.6.24", 35, crc)));
}

TEST(EventBodies, a_compressed_query_is_unpacked_when_it_is_short) {
  std::string sql(400, 'x');
  std::string packed(1000, '\0');
  auto* compressor = libdeflate_alloc_compressor(6);
  packed.resize(libdeflate_zlib_compress(compressor, sql.data(), sql.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(compressor);
  ByteWriter body;
  body.u32(1).u32(0).u8(1).u16(0).u16(3).text("abc").text("d").u8(0).u8(0x82).u8(400 >> 8).u8(400 & 255).text(
      packed);
  EXPECT_EQ(compressed_sql(as_bytes(body.str()), 400).value(), sql);
  EXPECT_EQ(compressed_sql(as_bytes(body.str()), 399).value(), "");
  std::string cut = body.str().substr(0, body.size() - 5);
  EXPECT_EQ(compressed_sql(as_bytes(cut), 400).error().code, Errc::corrupt);
}

TEST(EventBodies, gtids_of_every_form) {
  constexpr char kUuid[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  LogBuilder mysql("8.0.36"), old("5.6.24"), anonymous("8.0.36"), mariadb("10.11.19-MariaDB");
  mysql.gtid(std::string(kUuid) + ":77", 5);
  old.gtid(std::string(kUuid) + ":78");
  anonymous.gtid("", 6);
  mariadb.mariadb_gtid("3-9-12", 0x0d);
  auto body = MysqlGtidBody::read(EventType::gtid, body_of(only(mysql))).value();
  EXPECT_EQ(body.gtid->text(), std::string(kUuid) + ":77");
  EXPECT_EQ(body.sequence_number, 5u);
  EXPECT_EQ(MysqlGtidBody::read(EventType::gtid, body_of(only(old)))->sequence_number, 0u);
  EXPECT_FALSE(MysqlGtidBody::read(EventType::anonymous_gtid, body_of(only(anonymous)))->gtid);
  EventHeader header = EventHeader::read(only(mariadb));
  EXPECT_EQ(MariadbGtidBody::read(header, body_of(only(mariadb)))->gtid.text(), "3-9-12");
  EXPECT_EQ(MariadbGtidBody::read(header, body_of(only(mariadb)))->flags2, 0x0d);
}

TEST(EventBodies, bodies_cut_anywhere_are_refused_and_not_read_beyond) {
  LogBuilder rotate("8.0.36"), query("8.0.36"), gtid("8.0.36"), list("10.11.19-MariaDB"), sets("8.0.36");
  rotate.rotate("bin.000002");
  query.query("");
  gtid.gtid("3e11fa47-71ca-11e1-9e33-c80aa9429562:77");
  list.gtid_list({"0-1-2", "1-1-3"});
  sets.previous_gtids("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77");
  auto each_cut = [](const LogBuilder& log, auto read) {
    Bytes body = body_of(only(log));
    EXPECT_TRUE(read(body));
    for (size_t size = 0; size < body.size(); ++size) EXPECT_FALSE(read(body.first(size))) << size;
  };
  each_cut(query, [](Bytes body) { return Query::read(body).has_value(); });
  each_cut(gtid, [](Bytes body) { return MysqlGtidBody::read(EventType::gtid, body).has_value(); });
  each_cut(list, [](Bytes body) { return read_gtid_list(body).has_value(); });
  each_cut(sets, [](Bytes body) { return read_previous_gtids(body).has_value(); });
  for (size_t size = 0; size <= 8; ++size) EXPECT_FALSE(Rotate::read(body_of(only(rotate)).first(size)));
  EXPECT_FALSE(MysqlGtidBody::read(EventType::gtid_tagged, as_bytes("\2")));
  // A list that claims more than there is must not be allocated.
  EXPECT_FALSE(read_gtid_list(as_bytes(std::string("\xff\xff\xff\x0f", 4))));
}

TEST(EventBodies, a_gtid_list_keeps_the_latest_of_each_domain) {
  LogBuilder list("10.11.19-MariaDB");
  list.gtid_list({"0-1-9", "0-2-7", "5-1-1"});
  EXPECT_EQ(gtid_list_pos(read_gtid_list(body_of(only(list))).value()).text(), "0-2-7,5-1-1");
}

}  // namespace
}  // namespace tanist::binlog

#include "binlog/event_pack.h"

#include <gtest/gtest.h>

#include "binlog/event_bodies.h"
#include "binlog/event_build.h"

namespace tanist::binlog {
namespace {

TEST(EventPack, a_query_fits_any_room_from_its_packed_size_on) {
  const std::string sql = "INSERT INTO t VALUES " + std::string(500, 'x');
  ByteWriter body;
  body.u32(7).u32(0).u8(3).u16(0).u16(2).text("st").text("app").zeros(1).text(sql);
  EventHeader header{1, EventType::query, 11, 0, 900, 0};
  const std::string event = build_event(header, body.str(), Checksum::crc32);
  for (size_t size : {110u, 111u, 200u, 500u}) {
    std::optional<std::string> packed = pack_mariadb_event(as_bytes(event), size, Checksum::crc32);
    ASSERT_TRUE(packed) << size;
    EXPECT_EQ(packed->size(), size);
    Event view;
    view.bytes = as_bytes(*packed);
    view.header = EventHeader::read(view.bytes);
    view.body = view.bytes.subspan(kHeaderSize, size - kHeaderSize - 4);
    EXPECT_EQ(view.header.log_pos, 900u);
    EXPECT_EQ(view.type(), EventType::mariadb_query_compressed);
    EXPECT_EQ(compressed_sql(view.body, 10000).value(), sql) << "the padding is not looked at";
  }
  EXPECT_FALSE(pack_mariadb_event(as_bytes(event), 60, Checksum::crc32)) << "no room";
}

TEST(EventPack, rows_keep_their_head_and_cut_events_are_not_packed) {
  ByteWriter body;
  body.u32(18).u16(0).u16(1).lenenc(9).u16(0x1ff).u16(0x1ff).text(std::string(300, 'r'));
  const std::string event =
      build_event({1, EventType::update_rows_v1, 11, 0, 900, 0}, body.str(), Checksum::none);
  std::optional<std::string> packed = pack_mariadb_event(as_bytes(event), 100, Checksum::none);
  ASSERT_TRUE(packed);
  EXPECT_EQ(EventHeader::read(as_bytes(*packed)).type, EventType::mariadb_update_rows_compressed_v1);
  EXPECT_EQ(packed->substr(kHeaderSize, 13), event.substr(kHeaderSize, 13));
  for (size_t size = 0; size < 32; ++size) {
    EXPECT_FALSE(pack_mariadb_event(as_bytes(event).first(size), 100, Checksum::none)) << size;
  }
  const std::string xid = build_event({1, EventType::xid, 11, 0, 900, 0}, "12345678", Checksum::none);
  EXPECT_FALSE(pack_mariadb_event(as_bytes(xid), 26, Checksum::none)) << "never compressed";
}

}  // namespace
}  // namespace tanist::binlog

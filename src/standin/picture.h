// For tests: what a stand-in has sent, as one line of words. Checks the framing, the sequence numbers and
// every checksum.
//   "rotate=bin.000001:4+ fde gtid annotate query xid heartbeat=bin.000001:300"
// A + marks a fake event with a checksum, - one without.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "binlog/crc32.h"
#include "binlog/event_bodies.h"

namespace tanist::standin {

inline std::string picture_of_event(Bytes event, binlog::Checksum& in_force) {
  using binlog::EventType;
  const binlog::EventHeader header = binlog::EventHeader::read(event);
  EXPECT_EQ(header.length, event.size());
  const bool description = header.type == EventType::format_description;
  const bool checked = description || in_force == binlog::Checksum::crc32;
  Bytes body = event.subspan(binlog::kHeaderSize);
  if (checked) {
    const Bytes end = event.last(4);
    EXPECT_EQ(ByteReader(end).u32(), binlog::crc32(event.first(event.size() - 4)))
        << "checksum of " << type_name(header.type);
    body = body.first(body.size() - 4);
  }
  const std::string mark = checked ? "+" : "-";
  switch (header.type) {
    case EventType::format_description:
      in_force = binlog::FormatDescription::read(event).value().checksum;
      EXPECT_FALSE(header.has(binlog::kFlagInUse));
      return binlog::FormatDescription::read(event)->created == 0 ? "fde(mid)" : "fde";
    case EventType::rotate: {
      const binlog::Rotate rotate = binlog::Rotate::read(body).value();
      if (!header.has(binlog::kFlagArtificial)) return "ROTATE";
      EXPECT_EQ(header.log_pos, 0u);
      return "rotate=" + std::string(rotate.file) + ":" + std::to_string(rotate.pos) + mark;
    }
    case EventType::heartbeat:
      return "heartbeat=" + std::string(as_text(body)) + ":" + std::to_string(header.log_pos) + mark;
    case EventType::heartbeat_v2:
      return "heartbeat2=" + std::to_string(header.log_pos) + mark;
    case EventType::gtid:
    case EventType::anonymous_gtid:
    case EventType::mariadb_gtid:
      return std::string(as_text(body));
    case EventType::mariadb_gtid_list: {
      std::string list = "list@" + std::to_string(header.log_pos) + "=";
      return list + binlog::gtid_list_pos(binlog::read_gtid_list(body).value()).text();
    }
    case EventType::mariadb_annotate_rows:
      return "annotate";
    case EventType::query:
      return "query";
    case EventType::xid:
      return "xid";
    default:
      return type_name(header.type);
  }
}

// Packets that begin with 00 are events here; errors come as "ERR number", the old EOF as "EOF".
inline std::string picture(std::string_view wire, binlog::Checksum in_force, uint8_t sequence = 1) {
  std::string words;
  ByteReader in(as_bytes(wire));
  while (in.left() > 0) {
    const size_t size = in.u24();
    EXPECT_EQ(in.u8(), sequence++);
    const Bytes payload = in.take(size);
    if (in.failed()) return words + " TORN";
    words += words.empty() ? "" : " ";
    if (payload[0] == 0xff)
      words += "ERR " + std::to_string(payload[1] | payload[2] << 8);
    else if (payload[0] == 0xfe)
      words += "EOF";
    else
      words += picture_of_event(payload.subspan(1), in_force);
  }
  return words;
}

}  // namespace tanist::standin

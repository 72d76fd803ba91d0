#include "binlog/event_build.h"

#include "binlog/crc32.h"
#include "binlog/event_bodies.h"

namespace tanist::binlog {

namespace {

constexpr size_t kFlagsOffset = 17;
constexpr size_t kLengthOffset = 9;
constexpr size_t kLogPosOffset = 13;
constexpr size_t kCreatedOffset = kHeaderSize + 52;

void put(std::string& event, size_t offset, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) event[offset + i] = static_cast<char>(value >> (8 * i) & 0xff);
}

void append_checksum(std::string& event) { event += ByteWriter().u32(crc32(as_bytes(event))).str(); }

EventHeader artificial(EventType type, uint32_t server_id) {
  EventHeader header;
  header.type = type;
  header.server_id = server_id;
  header.flags = kFlagArtificial;
  return header;
}

}  // namespace

std::string build_event(EventHeader header, std::string_view body, Checksum checksum) {
  size_t length = kHeaderSize + body.size() + (checksum == Checksum::crc32 ? kChecksumSize : 0);
  TANIST_CHECK(length <= kMaxEventSize);
  ByteWriter out;
  out.u32(header.timestamp).u8(static_cast<uint8_t>(header.type)).u32(header.server_id).u32(length);
  out.u32(header.log_pos).u16(header.flags).text(body);
  std::string event = std::move(out).take();
  if (checksum == Checksum::crc32) append_checksum(event);
  return event;
}

std::string build_fake_rotate(uint32_t server_id, const gtid::LogCoordinates& to, Checksum checksum) {
  ByteWriter body;
  body.u64(to.pos).text(to.file);
  return build_event(artificial(EventType::rotate, server_id), body.str(), checksum);
}

std::string build_heartbeat(uint32_t server_id, const gtid::LogCoordinates& at, Checksum checksum,
                            bool mariadb) {
  EventHeader header;
  header.type = EventType::heartbeat;
  header.server_id = server_id;
  ByteWriter body;
  if (mariadb && at.pos > UINT32_MAX) {
    body.u64(at.pos);
  } else {
    header.log_pos = static_cast<uint32_t>(at.pos);
  }
  body.text(at.file);
  return build_event(header, body.str(), checksum);
}

std::string build_heartbeat_v2(uint32_t server_id, const gtid::LogCoordinates& at, Checksum checksum) {
  enum { kEnd = 0, kName = 1, kPosition = 2 };
  EventHeader header;
  header.type = EventType::heartbeat_v2;
  header.server_id = server_id;
  header.log_pos = static_cast<uint32_t>(at.pos);
  ByteWriter position;
  position.lenenc(at.pos);
  ByteWriter body;
  body.lenenc(kName).lenenc_text(at.file).lenenc(kPosition).lenenc_text(position.str()).lenenc(kEnd);
  return build_event(header, body.str(), checksum);
}

std::string build_fake_gtid_list(uint32_t server_id, uint64_t pos, const gtid::MariadbGtidPos& state,
                                 Checksum checksum) {
  EventHeader header = artificial(EventType::mariadb_gtid_list, server_id);
  header.log_pos = static_cast<uint32_t>(pos);
  ByteWriter body;
  body.u32(state.domains().size());
  for (const auto& [domain, gtid] : state.domains()) body.u32(domain).u32(gtid.server).u64(gtid.seq);
  if (state.empty()) body.zeros(2);  // servers pad the empty list
  return build_event(header, body.str(), checksum);
}

Result<std::string> rewrite_format_description(Bytes event, Start start) {
  auto format = FormatDescription::read(event);
  if (!format) return fail(format.error());
  std::string result(as_text(event));
  uint16_t flags = EventHeader::read(event).flags;
  put(result, kFlagsOffset, flags & ~(kFlagInUse | kFlagArtificial | kFlagRelayLog), 2);
  put(result, kLogPosOffset, start == Start::of_file ? kMagicSize + event.size() : 0, 4);
  if (start == Start::mid_file) put(result, kCreatedOffset, 0, 4);
  if (format->has_checksum) {
    result.resize(result.size() - kChecksumSize);
    append_checksum(result);
  }
  return result;
}

std::string with_checksum(Bytes event, Checksum from, Checksum to) {
  std::string result(as_text(event));
  if (from == to) return result;
  if (from == Checksum::crc32) result.resize(result.size() - kChecksumSize);
  put(result, kLengthOffset, result.size() + (to == Checksum::crc32 ? kChecksumSize : 0), 4);
  if (to == Checksum::crc32) append_checksum(result);
  return result;
}

}  // namespace tanist::binlog

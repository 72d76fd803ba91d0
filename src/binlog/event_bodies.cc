#include "binlog/event_bodies.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "gtid/mysql_gtid_codec.h"

namespace tanist::binlog {

namespace {

constexpr size_t kVersionSize = 50;

tl::unexpected<Error> short_body(std::string what) {
  return fail(Errc::corrupt, std::move(what) + " is shorter than its fields");
}

bool writes_checksums(const ServerVersion& version) {
  return version.is_mariadb() ? version.at_least(5, 3, 0) : version.at_least(5, 6, 1);
}

gtid::Uuid uuid_from(Bytes bytes) {
  gtid::Uuid uuid{};
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return uuid;
}

// GTID_TAGGED is written by MySQL's "serialization" library: a message of numbered fields, every integer a
// varint.
Result<MysqlGtidBody> read_tagged(Bytes body) {
  enum Field { kFlags, kUuid, kGno, kTag, kLastCommitted, kSequenceNumber };
  ByteReader in(body);
  gtid::read_varint(in);  // version of the serialization
  gtid::read_varint(in);  // size of the message
  gtid::read_varint(in);  // last field that may not be skipped
  gtid::Gtid gtid;
  MysqlGtidBody result;
  // The fields come in the order of their numbers; those after the sequence number are not needed here.
  for (uint64_t field = 0; field < kSequenceNumber && in.left() > 0 && !in.failed();) {
    field = gtid::read_varint(in);
    if (field == kUuid) {
      for (uint8_t& byte : gtid.source.uuid) byte = static_cast<uint8_t>(gtid::read_varint(in));
    } else if (field == kTag) {
      gtid.source.tag = std::string(in.text(gtid::read_varint(in)));
    } else {
      uint64_t value = gtid::read_varint(in);
      if (field == kGno) gtid.gno = value >> 1;  // signed: the sign is the lowest bit
      if (field == kSequenceNumber) result.sequence_number = value >> 1;
    }
  }
  if (in.failed() || gtid.gno == 0) return short_body("GTID_TAGGED");
  result.gtid = gtid;
  return result;
}

struct CompressedHead {
  uint64_t original_length;
  Bytes stream;
};

// MariaDB: one byte 1000nnnn (zlib), nnnn bytes of the original length, high byte first, then the stream.
Result<CompressedHead> read_compressed_head(std::string_view blob) {
  ByteReader in(as_bytes(blob));
  uint8_t first = in.u8();
  Bytes length = in.take(first & 7);
  if (in.failed()) return short_body("QUERY_COMPRESSED");
  if ((first & 0xf0) != 0x80)
    return fail(Errc::unsupported,
                "QUERY_COMPRESSED uses unknown compression " + std::to_string(first >> 4 & 7));
  uint64_t original = 0;
  for (uint8_t byte : length) original = original << 8 | byte;
  return CompressedHead{original, as_bytes(in.rest())};
}

Result<std::string> uncompress(const CompressedHead& head) {
  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string text(head.original_length, '\0');
  if (libdeflate_zlib_decompress(decompressor.get(), head.stream.data(), head.stream.size(), text.data(),
                                 text.size(), nullptr) != LIBDEFLATE_SUCCESS)
    return fail(Errc::corrupt, "QUERY_COMPRESSED cannot be unpacked");
  return text;
}

}  // namespace

Result<FormatDescription> FormatDescription::read(Bytes event) {
  ByteReader in(event);
  in.skip(kHeaderSize);
  FormatDescription format;
  uint16_t binlog_version = in.u16();
  std::string_view version = in.text(kVersionSize);
  format.created = in.u32();
  uint8_t header_length = in.u8();
  if (in.failed()) return short_body("FORMAT_DESCRIPTION");
  if (binlog_version != 4 || header_length != kHeaderSize)
    return fail(Errc::unsupported, "log format " + std::to_string(binlog_version) + " with headers of " +
                                       std::to_string(header_length) +
                                       " bytes; only format 4 with 19 is known");
  format.version = parse_server_version(version.substr(0, version.find('\0')));
  format.has_checksum = writes_checksums(format.version);
  size_t trailer = format.has_checksum ? 1 + kChecksumSize : 0;
  if (in.left() < trailer) return short_body("FORMAT_DESCRIPTION");
  format.post_header_lengths = in.take(in.left() - trailer);
  // No version that old knew so many event types: the version text is wrong, and with it where checksums are.
  constexpr size_t kMostTypesBeforeChecksums = 30;
  if (!format.has_checksum && format.post_header_lengths.size() > kMostTypesBeforeChecksums)
    return fail(Errc::corrupt,
                "FORMAT_DESCRIPTION has too many event types for version \"" + format.version.text + "\"");
  if (!format.has_checksum) return format;
  constexpr uint8_t kUndefined = 255;
  uint8_t algorithm = in.u8();
  if (algorithm > 1 && algorithm != kUndefined)
    return fail(Errc::unsupported, "checksum algorithm " + std::to_string(algorithm) + " is not known");
  format.checksum = algorithm == 1 ? Checksum::crc32 : Checksum::none;
  return format;
}

Result<Rotate> Rotate::read(Bytes body) {
  ByteReader in(body);
  Rotate rotate;
  rotate.pos = in.u64();
  rotate.file = in.rest();
  if (in.failed() || rotate.file.empty()) return short_body("ROTATE");
  // Names are base names; some old receivers kept a NUL at the end.
  rotate.file = rotate.file.substr(0, rotate.file.find('\0'));
  return rotate;
}

Result<Query> Query::read(Bytes body) {
  ByteReader in(body);
  in.skip(8);  // thread id, execution time
  uint8_t database_length = in.u8();
  in.skip(2);  // error code
  in.skip(in.u16());
  Query query;
  query.database = in.text(database_length);
  in.skip(1);
  query.sql = in.rest();
  if (in.failed()) return short_body("QUERY");
  return query;
}

Result<std::string> compressed_sql(Bytes body, size_t at_most) {
  auto query = Query::read(body);
  if (!query) return fail(query.error());
  auto head = read_compressed_head(query->sql);
  if (!head) return fail(head.error());
  if (head->original_length > at_most) return std::string();
  return uncompress(*head);
}

Result<MariadbGtidBody> MariadbGtidBody::read(const EventHeader& header, Bytes body) {
  ByteReader in(body);
  MariadbGtidBody result;
  result.gtid.seq = in.u64();
  result.gtid.domain = in.u32();
  result.gtid.server = header.server_id;
  result.flags2 = in.u8();
  if (in.failed()) return short_body("GTID");
  return result;
}

Result<MysqlGtidBody> MysqlGtidBody::read(EventType type, Bytes body) {
  if (type == EventType::gtid_tagged) return read_tagged(body);
  ByteReader in(body);
  in.skip(1);  // flags
  Bytes uuid = in.take(16);
  uint64_t gno = in.u64();
  if (in.failed()) return short_body("GTID");
  MysqlGtidBody result;
  if (type == EventType::gtid) {
    if (gno == 0 || gno > gtid::kMaxGno) return fail(Errc::corrupt, "GTID has number " + std::to_string(gno));
    result.gtid = gtid::Gtid{{uuid_from(uuid), ""}, gno};
  }
  constexpr uint8_t kLogicalClock = 2;
  constexpr size_t kLogicalClockSize = 17;
  if (in.left() >= kLogicalClockSize && in.u8() == kLogicalClock) {
    in.skip(8);  // last committed
    result.sequence_number = in.u64();
  }
  return result;
}

Result<gtid::GtidSet> read_previous_gtids(Bytes body) { return gtid::decode_gtid_set(body); }

Result<std::vector<gtid::MariadbGtid>> read_gtid_list(Bytes body) {
  ByteReader in(body);
  constexpr uint32_t kCountMask = (1u << 28) - 1;
  uint32_t count = in.u32() & kCountMask;
  constexpr size_t kEntrySize = 16;
  if (in.failed() || in.left() / kEntrySize < count) return short_body("GTID_LIST");
  std::vector<gtid::MariadbGtid> list(count);
  for (auto& gtid : list) {
    gtid.domain = in.u32();
    gtid.server = in.u32();
    gtid.seq = in.u64();
  }
  return list;
}

gtid::MariadbGtidPos gtid_list_pos(const std::vector<gtid::MariadbGtid>& list) {
  gtid::MariadbGtidPos pos;
  for (const auto& gtid : list) pos.set(gtid);
  return pos;
}

Result<GroupGtid> group_gtid(const Event& event) {
  if (event.type() == EventType::mariadb_gtid) {
    auto body = MariadbGtidBody::read(event.header, event.body);
    if (!body) return fail(body.error());
    return GroupGtid(body->gtid);
  }
  if (event.type() == EventType::gtid || event.type() == EventType::gtid_tagged) {
    auto body = MysqlGtidBody::read(event.type(), event.body);
    if (!body) return fail(body.error());
    if (body->gtid) return GroupGtid(*body->gtid);
  }
  return GroupGtid();
}

}  // namespace tanist::binlog

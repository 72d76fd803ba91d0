#include "binlog/event_pack.h"

#include <zlib.h>

#include "binlog/event_build.h"

namespace tanist::binlog {
namespace {

constexpr uint8_t kZlib = 0x80;

struct Packed {
  EventType as;
  size_t head = 0;  // of the body, stays as it is
};

size_t query_head(ByteReader in) {
  in.skip(8);
  const size_t database = in.u8();
  in.skip(2);
  const size_t status = in.u16();
  in.skip(status + database + 1);
  return in.failed() ? 0 : in.offset();
}

size_t rows_head(ByteReader in, bool with_extra, size_t bitmaps) {
  in.skip(8);
  if (with_extra) {
    const size_t extra = in.u16();
    in.skip(extra < 2 ? SIZE_MAX : extra - 2);
  }
  const size_t columns = in.lenenc();
  in.skip((columns + 7) / 8 * bitmaps);
  return in.failed() ? 0 : in.offset();
}

std::optional<Packed> packed_form(EventType type, Bytes body) {
  const ByteReader in(body);
  switch (type) {
    case EventType::query:
      return Packed{EventType::mariadb_query_compressed, query_head(in)};
    case EventType::write_rows_v1:
      return Packed{EventType::mariadb_write_rows_compressed_v1, rows_head(in, false, 1)};
    case EventType::update_rows_v1:
      return Packed{EventType::mariadb_update_rows_compressed_v1, rows_head(in, false, 2)};
    case EventType::delete_rows_v1:
      return Packed{EventType::mariadb_delete_rows_compressed_v1, rows_head(in, false, 1)};
    case EventType::write_rows:
      return Packed{EventType::mariadb_write_rows_compressed, rows_head(in, true, 1)};
    case EventType::update_rows:
      return Packed{EventType::mariadb_update_rows_compressed, rows_head(in, true, 2)};
    case EventType::delete_rows:
      return Packed{EventType::mariadb_delete_rows_compressed, rows_head(in, true, 1)};
    default:
      return std::nullopt;
  }
}

std::string length_field(size_t length) {  // how many bytes, then these, the highest first
  std::string bytes;
  for (; length > 0; length >>= 8) bytes.insert(bytes.begin(), static_cast<char>(length & 0xff));
  return static_cast<char>(kZlib | bytes.size()) + bytes;
}

// The server's own library at the server's own level comes out at the very same size, unless the server was
// built with one of its relatives; then the best level may still be short enough.
std::optional<std::string> compressed(Bytes data, size_t room) {
  std::string stream(compressBound(data.size()), '\0');
  for (int level : {Z_DEFAULT_COMPRESSION, Z_BEST_COMPRESSION}) {
    uLongf used = stream.size();
    if (compress2(reinterpret_cast<Bytef*>(stream.data()), &used, data.data(), data.size(), level) != Z_OK)
      break;
    if (used <= room) return stream.substr(0, used);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> pack_mariadb_event(Bytes event, size_t size, Checksum checksum) {
  const size_t trailer = checksum == Checksum::crc32 ? kChecksumSize : 0;
  if (event.size() < kHeaderSize + trailer || size < kHeaderSize + trailer) return std::nullopt;
  EventHeader header = EventHeader::read(event);
  const Bytes body = event.subspan(kHeaderSize, event.size() - kHeaderSize - trailer);
  const std::optional<Packed> form = packed_form(header.type, body);
  if (!form || form->head == 0 || form->head >= body.size()) return std::nullopt;
  const Bytes data = body.subspan(form->head);
  std::string packed = std::string(as_text(body.first(form->head))) + length_field(data.size());
  const size_t room = size - kHeaderSize - trailer;
  if (packed.size() > room) return std::nullopt;
  const std::optional<std::string> stream = compressed(data, room - packed.size());
  if (!stream) return std::nullopt;
  packed += *stream;
  packed.resize(room, '\0');
  header.type = form->as;
  return build_event(header, packed, checksum);
}

}  // namespace tanist::binlog

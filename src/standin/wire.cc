#include "standin/wire.h"

#include <algorithm>

namespace tanist::standin {

void PacketWriter::packet(std::initializer_list<Bytes> parts) {
  size_t left = 0;
  for (Bytes part : parts) left += part.size();
  auto part = parts.begin();
  size_t offset = 0;  // in *part
  for (bool more = true; more;) {
    size_t chunk = std::min(left, kMaxChunk);
    more = chunk == kMaxChunk;
    left -= chunk;
    const char header[4] = {static_cast<char>(chunk), static_cast<char>(chunk >> 8),
                            static_cast<char>(chunk >> 16), static_cast<char>(sequence_++)};
    out_.append(header, sizeof header);
    while (chunk > 0) {
      size_t piece = std::min(chunk, part->size() - offset);
      out_ += as_text(part->subspan(offset, piece));
      chunk -= piece;
      offset += piece;
      if (offset == part->size() && chunk > 0) {
        ++part;
        offset = 0;
      }
    }
  }
}

Result<std::optional<Packet>> PacketReader::next() {
  ByteReader in(as_bytes(std::string_view(buffer_).substr(consumed_)));
  if (in.left() < 4) return std::nullopt;
  const size_t length = in.u24();
  const uint8_t sequence = in.u8();
  if (length > limit_ || length == kMaxChunk) {
    return fail(Errc::invalid, "a packet of " + std::to_string(length) + " bytes where at most " +
                                   std::to_string(limit_) + " are expected");
  }
  if (in.left() < length) return std::nullopt;
  Packet packet{sequence, std::string(in.text(length))};
  consumed_ += 4 + length;
  if (consumed_ == buffer_.size()) {
    buffer_.clear();
    consumed_ = 0;
  }
  return packet;
}

std::string PacketReader::take_rest() {
  std::string rest = buffer_.substr(consumed_);
  buffer_.clear();
  consumed_ = 0;
  return rest;
}

}  // namespace tanist::standin

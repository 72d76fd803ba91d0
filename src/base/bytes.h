// Reads little-endian fields from a byte range with every length checked first. A read past the end sets the failed
// state and gives zeros, so that a parser checks once, after a run of fields:
//
//   ByteReader in(body);
//   uint64_t position = in.u64();
//   std::string_view name = in.rest();
//   if (in.failed()) return fail(Errc::corrupt, "rotate event shorter than its position");
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace tanist {

using Bytes = std::span<const uint8_t>;

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  size_t offset() const { return offset_; }
  size_t left() const { return bytes_.size() - offset_; }

  uint8_t u8() { return static_cast<uint8_t>(little_endian<1>()); }
  uint16_t u16() { return static_cast<uint16_t>(little_endian<2>()); }
  uint32_t u24() { return static_cast<uint32_t>(little_endian<3>()); }
  uint32_t u32() { return static_cast<uint32_t>(little_endian<4>()); }
  uint64_t u48() { return little_endian<6>(); }
  uint64_t u64() { return little_endian<8>(); }

  // MySQL length-encoded integer (manual: "Protocol::LengthEncodedInteger"); 0xfb and 0xff are not integers: failed.
  uint64_t lenenc() {
    uint8_t first = u8();
    if (first < 0xfb) return first;
    if (first == 0xfc) return u16();
    if (first == 0xfd) return u24();
    if (first == 0xfe) return u64();
    failed_ = true;
    return 0;
  }

  Bytes take(size_t count) {
    if (failed_ || count > left()) {
      failed_ = true;
      return {};
    }
    Bytes taken = bytes_.subspan(offset_, count);
    offset_ += count;
    return taken;
  }
  std::string_view text(size_t count) { return as_text(take(count)); }
  std::string_view rest() { return text(left()); }
  // Up to a NUL byte, which is consumed; failed if there is none.
  std::string_view until_nul() {
    std::string_view remaining = as_text(bytes_.subspan(offset_));
    size_t end = remaining.find('\0');
    if (failed_ || end == std::string_view::npos) {
      failed_ = true;
      return {};
    }
    offset_ += end + 1;
    return remaining.substr(0, end);
  }
  void skip(size_t count) { take(count); }

 private:
  // The width is known when this is compiled: one load and no loop, for this reads millions of events.
  template <size_t width>
  uint64_t little_endian() {
    static_assert(std::endian::native == std::endian::little);
    uint64_t value = 0;
    Bytes field = take(width);
    if (!failed_) std::memcpy(&value, field.data(), width);
    return value;
  }

  Bytes bytes_;
  size_t offset_ = 0;
  bool failed_ = false;
};

// Appends little-endian fields.
class ByteWriter {
 public:
  ByteWriter& u8(uint64_t value) { return little_endian(value, 1); }
  ByteWriter& u16(uint64_t value) { return little_endian(value, 2); }
  ByteWriter& u24(uint64_t value) { return little_endian(value, 3); }
  ByteWriter& u32(uint64_t value) { return little_endian(value, 4); }
  ByteWriter& u64(uint64_t value) { return little_endian(value, 8); }
  ByteWriter& text(std::string_view value) {
    out_ += value;
    return *this;
  }
  ByteWriter& bytes(Bytes value) { return text(as_text(value)); }
  ByteWriter& zeros(size_t count) {
    out_.append(count, '\0');
    return *this;
  }
  ByteWriter& lenenc(uint64_t value) {
    if (value < 0xfb) return u8(value);
    if (value <= 0xffff) return u8(0xfc).u16(value);
    if (value <= 0xffffff) return u8(0xfd).u24(value);
    return u8(0xfe).u64(value);
  }
  ByteWriter& lenenc_text(std::string_view value) { return lenenc(value.size()).text(value); }

  size_t size() const { return out_.size(); }
  const std::string& str() const& { return out_; }
  std::string take() && { return std::move(out_); }

 private:
  ByteWriter& little_endian(uint64_t value, size_t width) {
    for (size_t i = 0; i < width; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }

  std::string out_;
};

}  // namespace tanist

#include "gtid/mysql_gtid_codec.h"

#include <algorithm>
#include <bit>

namespace tanist::gtid {

namespace {

constexpr uint64_t kTaggedMark = uint64_t{1} << 56 | 1;

struct Count {
  uint64_t sources;
  bool tagged;
};

Result<Count> read_count(ByteReader& in) {
  uint64_t word = in.u64();
  uint64_t form = word >> 56;
  if (form == 0) return Count{word, false};
  if (form == 1 && (word & 0xff) == 1) return Count{word << 8 >> 16, true};
  return fail(Errc::corrupt, "binary GTID set: unknown form " + std::to_string(form));
}

}  // namespace

uint64_t read_varint(ByteReader& in) {
  uint8_t first = in.u8();
  size_t following = std::countr_one(first);
  if (following == 8) return in.u64();
  uint64_t value = first >> (following + 1);
  Bytes rest = in.take(following);
  for (size_t i = 0; i < rest.size(); ++i) value |= static_cast<uint64_t>(rest[i]) << (8 * i + 7 - following);
  return value;
}

void write_varint(ByteWriter& out, uint64_t value) {
  size_t following = 0;
  while (following < 8 && value >> (7 * (following + 1)) != 0) ++following;
  if (following == 8) {
    out.u8(0xff).u64(value);
    return;
  }
  uint64_t word = value << (following + 1) | ((uint64_t{1} << following) - 1);
  for (size_t i = 0; i <= following; ++i) out.u8(word >> (8 * i) & 0xff);
}

Result<GtidSet> decode_gtid_set(Bytes bytes) {
  ByteReader in(bytes);
  auto count = read_count(in);
  if (!count) return fail(count.error());
  GtidSet set;
  for (uint64_t s = 0; s < count->sources && !in.failed(); ++s) {
    GtidSource source;
    Bytes uuid = in.take(source.uuid.size());
    std::copy(uuid.begin(), uuid.end(), source.uuid.begin());
    if (count->tagged) source.tag = std::string(in.text(read_varint(in)));
    uint64_t intervals = in.u64();
    for (uint64_t i = 0; i < intervals && !in.failed(); ++i) {
      uint64_t start = in.u64(), end = in.u64();
      if (in.failed()) break;
      if (start == 0 || end <= start || end - 1 > kMaxGno)
        return fail(Errc::corrupt,
                    "binary GTID set: interval " + std::to_string(start) + " to " + std::to_string(end));
      set.add(source, start, end - 1);
    }
  }
  if (in.failed())
    return fail(Errc::corrupt,
                "binary GTID set ends in the middle, " + std::to_string(bytes.size()) + " bytes");
  return set;
}

std::string encode_gtid_set(const GtidSet& set) {
  const auto& sources = set.sources();
  bool tagged =
      std::any_of(sources.begin(), sources.end(), [](const auto& s) { return !s.first.tag.empty(); });
  ByteWriter out;
  out.u64(tagged ? kTaggedMark | sources.size() << 8 : sources.size());
  for (const auto& [source, intervals] : sources) {
    out.bytes(source.uuid);
    if (tagged) {
      write_varint(out, source.tag.size());
      out.text(source.tag);
    }
    out.u64(intervals.size());
    for (const auto& interval : intervals) out.u64(interval.first).u64(interval.last + 1);
  }
  return std::move(out).take();
}

}  // namespace tanist::gtid

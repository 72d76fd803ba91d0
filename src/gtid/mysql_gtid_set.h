// MySQL GTIDs: uuid[:tag]:gno, and sets of them as servers write them:
//
//   3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:8:batch:1-3,
//   4f21...:1-77
//
// A number list belongs to the tag before it, or to no tag (tags: MySQL 8.3 and later).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tanist::gtid {

using Uuid = std::array<uint8_t, 16>;
// With or without dashes or braces, upper or lower case.
Result<Uuid> parse_uuid(std::string_view text);
std::string uuid_text(const Uuid& uuid);

// Who gave the number: a server, and since 8.3 an optional tag (lower case, at most 32 characters).
struct GtidSource {
  Uuid uuid{};
  std::string tag;
  std::string text() const { return tag.empty() ? uuid_text(uuid) : uuid_text(uuid) + ":" + tag; }
  auto operator<=>(const GtidSource&) const = default;
};

constexpr uint64_t kMaxGno = 0x7ffffffffffffffe;

struct Gtid {
  GtidSource source;
  uint64_t gno = 0;

  static Result<Gtid> parse(std::string_view text);
  std::string text() const { return source.text() + ":" + std::to_string(gno); }
  auto operator<=>(const Gtid&) const = default;
};

class GtidSet {
 public:
  struct Interval {
    uint64_t first = 0;
    uint64_t last = 0;  // inclusive
    bool operator==(const Interval&) const = default;
  };
  // Sorted, apart by at least one missing number, never empty inside the map.
  using Intervals = std::vector<Interval>;

  static Result<GtidSet> parse(std::string_view text);
  std::string text() const;

  bool empty() const { return sources_.empty(); }
  uint64_t count() const;
  bool contains(const Gtid& gtid) const;
  bool contains(const GtidSet& other) const;

  void add(const Gtid& gtid) { add(gtid.source, gtid.gno, gtid.gno); }
  void add(const GtidSource& source, uint64_t gno) { add(source, gno, gno); }
  void add(const GtidSource& source, uint64_t first, uint64_t last);
  void add(const GtidSet& other);

  GtidSet union_with(const GtidSet& other) const;
  GtidSet minus(const GtidSet& other) const;
  GtidSet intersect(const GtidSet& other) const;

  const std::map<GtidSource, Intervals>& sources() const { return sources_; }
  bool operator==(const GtidSet&) const = default;

 private:
  std::map<GtidSource, Intervals> sources_;
};

}  // namespace tanist::gtid

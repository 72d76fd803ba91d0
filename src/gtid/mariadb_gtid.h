// MariaDB GTIDs: domain-server-sequence. A position (gtid_slave_pos, gtid_binlog_pos, gtid_current_pos) holds
// the last GTID of each domain; sequence numbers grow inside a domain, whichever server wrote them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tanist::gtid {

struct MariadbGtid {
  uint32_t domain = 0;
  uint32_t server = 0;
  uint64_t seq = 0;

  static Result<MariadbGtid> parse(std::string_view text);
  std::string text() const;
  auto operator<=>(const MariadbGtid&) const = default;
};

class MariadbGtidPos {
 public:
  static Result<MariadbGtidPos> parse(std::string_view text);
  std::string text() const;

  bool empty() const { return domains_.empty(); }
  std::optional<uint64_t> seq_of(uint32_t domain) const;
  std::optional<MariadbGtid> find(uint32_t domain) const;

  // Replaces what the domain had: the later event counts, even where sequence numbers went backwards.
  void set(const MariadbGtid& gtid) { domains_[gtid.domain] = gtid; }
  // Keeps the higher sequence number.
  void raise(const MariadbGtid& gtid);

  bool covers(const MariadbGtid& gtid) const;
  // Every domain of the other is here with at least its sequence number.
  bool covers(const MariadbGtidPos& other) const;

  const std::map<uint32_t, MariadbGtid>& domains() const { return domains_; }
  bool operator==(const MariadbGtidPos&) const = default;

 private:
  std::map<uint32_t, MariadbGtid> domains_;
};

}  // namespace tanist::gtid

#include "gtid/mariadb_gtid.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::gtid {

namespace {

std::optional<uint32_t> parse_u32(std::string_view text) {
  auto value = parse_uint(trim(text));
  if (!value || *value > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*value);
}

}  // namespace

Result<MariadbGtid> MariadbGtid::parse(std::string_view text) {
  std::vector<std::string> words = split(trim(text), '-');
  if (words.size() == 3) {
    auto domain = parse_u32(words[0]), server = parse_u32(words[1]);
    auto seq = parse_uint(trim(words[2]));
    if (domain && server && seq) return MariadbGtid{*domain, *server, *seq};
  }
  return fail(Errc::invalid, "\"" + std::string(text) + "\" is not a MariaDB GTID (domain-server-sequence)");
}

std::string MariadbGtid::text() const {
  return std::to_string(domain) + "-" + std::to_string(server) + "-" + std::to_string(seq);
}

Result<MariadbGtidPos> MariadbGtidPos::parse(std::string_view text) {
  MariadbGtidPos pos;
  if (trim(text).empty()) return pos;
  for (const std::string& word : split(text, ',')) {
    auto gtid = MariadbGtid::parse(word);
    if (!gtid) return fail(gtid.error().during("GTID position \"" + std::string(text) + "\""));
    if (!pos.domains_.emplace(gtid->domain, *gtid).second)
      return fail(Errc::invalid, "GTID position \"" + std::string(text) + "\" names domain " +
                                     std::to_string(gtid->domain) + " twice");
  }
  return pos;
}

std::string MariadbGtidPos::text() const {
  std::string text;
  for (const auto& [domain, gtid] : domains_) text += (text.empty() ? "" : ",") + gtid.text();
  return text;
}

std::optional<uint64_t> MariadbGtidPos::seq_of(uint32_t domain) const {
  auto found = domains_.find(domain);
  if (found == domains_.end()) return std::nullopt;
  return found->second.seq;
}

std::optional<MariadbGtid> MariadbGtidPos::find(uint32_t domain) const {
  auto found = domains_.find(domain);
  if (found == domains_.end()) return std::nullopt;
  return found->second;
}

void MariadbGtidPos::raise(const MariadbGtid& gtid) {
  auto [place, added] = domains_.emplace(gtid.domain, gtid);
  if (!added && place->second.seq < gtid.seq) place->second = gtid;
}

bool MariadbGtidPos::covers(const MariadbGtid& gtid) const {
  auto seq = seq_of(gtid.domain);
  return seq && *seq >= gtid.seq;
}

bool MariadbGtidPos::covers(const MariadbGtidPos& other) const {
  return std::all_of(other.domains_.begin(), other.domains_.end(),
                     [&](const auto& d) { return covers(d.second); });
}

}  // namespace tanist::gtid

#include "gtid/mysql_gtid_set.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::gtid {

namespace {

using Interval = GtidSet::Interval;
using Intervals = GtidSet::Intervals;

constexpr size_t kMaxTagLength = 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kMaxTagLength) return false;
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

tl::unexpected<Error> bad(std::string_view set, std::string why) {
  constexpr size_t kShown = 200;
  std::string shown(set.substr(0, kShown));
  if (set.size() > kShown) shown += "...";
  return fail(Errc::invalid, "GTID set \"" + shown + "\": " + why);
}

// "5" or "5-9"
Result<Interval> parse_interval(std::string_view text) {
  size_t dash = text.find('-');
  auto first = parse_uint(trim(text.substr(0, dash)));
  auto last = dash == std::string_view::npos ? first : parse_uint(trim(text.substr(dash + 1)));
  if (!first || !last || *first == 0 || *last > kMaxGno || *last < *first)
    return fail(Errc::invalid, "\"" + std::string(text) + "\" is neither a number, a range nor a tag");
  return Interval{*first, *last};
}

void insert(Intervals& list, Interval added) {
  // The first interval that touches or overlaps the added one, and the first that lies wholly behind it.
  auto from = std::partition_point(list.begin(), list.end(),
                                   [&](const Interval& i) { return i.last + 1 < added.first; });
  auto to =
      std::partition_point(from, list.end(), [&](const Interval& i) { return i.first <= added.last + 1; });
  if (from == to) {
    list.insert(from, added);
    return;
  }
  from->first = std::min(from->first, added.first);
  from->last = std::max(std::prev(to)->last, added.last);
  list.erase(std::next(from), to);
}

Intervals subtract(const Intervals& from, const Intervals& taken) {
  Intervals result;
  auto hole = taken.begin();
  for (Interval rest : from) {
    while (hole != taken.end() && hole->last < rest.first) ++hole;
    bool left = true;
    for (auto cut = hole; cut != taken.end() && cut->first <= rest.last; ++cut) {
      if (cut->first > rest.first) result.push_back({rest.first, cut->first - 1});
      left = cut->last < rest.last;
      if (!left) break;
      rest.first = cut->last + 1;
    }
    if (left) result.push_back(rest);
  }
  return result;
}

bool holds(const Intervals& list, const Interval& wanted) {
  auto at = std::partition_point(list.begin(), list.end(),
                                 [&](const Interval& i) { return i.last < wanted.first; });
  return at != list.end() && at->first <= wanted.first && at->last >= wanted.last;
}

}  // namespace

Result<Uuid> parse_uuid(std::string_view text) {
  std::string_view digits = text;
  if (digits.size() == 38 && digits.front() == '{' && digits.back() == '}') digits = digits.substr(1, 36);
  bool dashed = digits.size() == 36;
  auto refuse = [&] { return fail(Errc::invalid, "\"" + std::string(text) + "\" is not a UUID"); };
  if (!dashed && digits.size() != 32) return refuse();
  Uuid uuid{};
  size_t nibbles = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (digits[i] != '-') return refuse();
      continue;
    }
    int value = hex_digit(digits[i]);
    if (value < 0) return refuse();
    uuid[nibbles / 2] = static_cast<uint8_t>(uuid[nibbles / 2] << 4 | value);
    ++nibbles;
  }
  return uuid;
}

std::string uuid_text(const Uuid& uuid) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[uuid[i] >> 4];
    text += kHex[uuid[i] & 15];
  }
  return text;
}

Result<Gtid> Gtid::parse(std::string_view text) {
  auto set = GtidSet::parse(text);
  if (!set) return fail(set.error());
  if (set->count() != 1) return bad(text, "not one single GTID");
  const auto& [source, intervals] = *set->sources().begin();
  return Gtid{source, intervals[0].first};
}

Result<GtidSet> GtidSet::parse(std::string_view text) {
  GtidSet set;
  for (const std::string& entry : split(text, ',')) {
    if (trim(entry).empty()) continue;  // servers tolerate empty entries, and so do we
    std::vector<std::string> words = split(entry, ':');
    auto uuid = parse_uuid(trim(words[0]));
    if (!uuid) return bad(text, uuid.error().what);
    GtidSource source{*uuid, ""};
    bool numbers = false;
    for (size_t i = 1; i < words.size(); ++i) {
      std::string_view word = trim(words[i]);
      if (is_tag(word)) {
        source.tag = lower(word);
        numbers = false;
        continue;
      }
      auto interval = parse_interval(word);
      if (!interval) return bad(text, interval.error().what);
      set.add(source, interval->first, interval->last);
      numbers = true;
    }
    if (!numbers) return bad(text, "\"" + source.text() + "\" has no numbers");
  }
  return set;
}

std::string GtidSet::text() const {
  std::string text;
  const Uuid* current = nullptr;
  for (const auto& [source, intervals] : sources_) {
    if (!current || *current != source.uuid) {
      if (current) text += ",";
      text += uuid_text(source.uuid);
    }
    current = &source.uuid;
    if (!source.tag.empty()) text += ":" + source.tag;
    for (const Interval& interval : intervals) {
      text += ":" + std::to_string(interval.first);
      if (interval.last != interval.first) text += "-" + std::to_string(interval.last);
    }
  }
  return text;
}

uint64_t GtidSet::count() const {
  uint64_t total = 0;
  for (const auto& [source, intervals] : sources_)
    for (const Interval& interval : intervals) total += interval.last - interval.first + 1;
  return total;
}

bool GtidSet::contains(const Gtid& gtid) const {
  auto found = sources_.find(gtid.source);
  return found != sources_.end() && holds(found->second, {gtid.gno, gtid.gno});
}

bool GtidSet::contains(const GtidSet& other) const {
  return std::all_of(other.sources_.begin(), other.sources_.end(), [&](const auto& theirs) {
    auto ours = sources_.find(theirs.first);
    return ours != sources_.end() && std::all_of(theirs.second.begin(), theirs.second.end(),
                                                 [&](const Interval& i) { return holds(ours->second, i); });
  });
}

void GtidSet::add(const GtidSource& source, uint64_t first, uint64_t last) {
  TANIST_CHECK(first > 0 && first <= last && last <= kMaxGno);
  insert(sources_[source], {first, last});
}

void GtidSet::add(const GtidSet& other) {
  for (const auto& [source, intervals] : other.sources_)
    for (const Interval& interval : intervals) add(source, interval.first, interval.last);
}

GtidSet GtidSet::union_with(const GtidSet& other) const {
  GtidSet result = *this;
  result.add(other);
  return result;
}

GtidSet GtidSet::minus(const GtidSet& other) const {
  GtidSet result;
  for (const auto& [source, intervals] : sources_) {
    auto taken = other.sources_.find(source);
    Intervals rest = taken == other.sources_.end() ? intervals : subtract(intervals, taken->second);
    if (!rest.empty()) result.sources_.emplace(source, std::move(rest));
  }
  return result;
}

GtidSet GtidSet::intersect(const GtidSet& other) const { return minus(minus(other)); }

}  // namespace tanist::gtid

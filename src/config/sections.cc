#include "config/sections.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace tanist::config {

namespace {

constexpr std::string_view kDigits = "0123456789";

// The first run of digits, without leading zeros, so that longer is greater; nothing if there are no digits.
std::optional<std::string_view> first_number(std::string_view name) {
  size_t start = name.find_first_of(kDigits);
  if (start == std::string_view::npos) return std::nullopt;
  std::string_view digits = name.substr(start);
  digits = digits.substr(0, digits.find_first_not_of(kDigits));
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

bool number_less(const std::string& a, const std::string& b) {
  std::string_view x = *first_number(a), y = *first_number(b);
  return x.size() != y.size() ? x.size() < y.size() : x < y;
}

bool follows(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && name.starts_with(prefix) &&
         !trim(name.substr(prefix.size(), 1)).empty();
}

}  // namespace

SectionKind section_kind(std::string_view name) {
  if (name == "server default") return SectionKind::defaults;
  if (follows(name, "server")) return SectionKind::server;
  if (follows(name, "binlog")) return SectionKind::binlog_server;
  return SectionKind::unknown;
}

void sort_server_names(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  if (std::all_of(names.begin(), names.end(),
                  [](const std::string& name) { return first_number(name).has_value(); })) {
    std::stable_sort(names.begin(), names.end(), number_less);
  }
}

}  // namespace tanist::config

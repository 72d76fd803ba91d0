#include "gtid/coordinates.h"

#include "base/text.h"

namespace tanist::gtid {

std::optional<LogName> LogName::parse(std::string_view file) {
  size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || file.find('/') != std::string_view::npos)
    return std::nullopt;
  std::string_view digits = file.substr(dot + 1);
  auto number = parse_uint(digits);
  if (!number) return std::nullopt;
  return LogName{std::string(file.substr(0, dot)), *number, digits.size()};
}

std::string LogName::text() const {
  std::string written = std::to_string(number);
  if (written.size() < digits) written.insert(0, digits - written.size(), '0');
  return prefix + "." + written;
}

LogName LogName::next() const { return LogName{prefix, number + 1, digits}; }

std::strong_ordering compare_log_files(std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  auto left = LogName::parse(a), right = LogName::parse(b);
  std::string_view left_prefix = left ? std::string_view(left->prefix) : a;
  std::string_view right_prefix = right ? std::string_view(right->prefix) : b;
  if (left_prefix != right_prefix) return left_prefix <=> right_prefix;
  if (left.has_value() != right.has_value()) return left.has_value() <=> right.has_value();
  if (left && left->number != right->number) return left->number <=> right->number;
  return a <=> b;  // the same number with other leading zeros: still not the same file
}

Result<LogCoordinates> LogCoordinates::parse(std::string_view text) {
  size_t colon = text.rfind(':');
  auto pos = colon == std::string_view::npos ? std::nullopt : parse_uint(text.substr(colon + 1));
  if (!pos || colon == 0)
    return fail(Errc::invalid, "log coordinates \"" + std::string(text) + "\" are not file:position");
  return LogCoordinates{std::string(text.substr(0, colon)), *pos};
}

}  // namespace tanist::gtid

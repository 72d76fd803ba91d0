// A place in a server's log: file and byte position. Log files are numbered, and the number grows a digit
// after 999999, so names are ordered by number and never as text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tanist::gtid {

// "mysql-bin.000012" is prefix "mysql-bin" and number 12. A base name only: directories are not part of it.
struct LogName {
  std::string prefix;
  uint64_t number = 0;
  size_t digits = 6;  // as written; servers write at least 6 digits

  static std::optional<LogName> parse(std::string_view file);
  std::string text() const;
  LogName next() const;
  bool operator==(const LogName&) const = default;
};

// Orders by prefix, then by number; names without a number by text, before the numbered ones of the same
// prefix.
std::strong_ordering compare_log_files(std::string_view a, std::string_view b);

struct LogCoordinates {
  std::string file;
  uint64_t pos = 0;

  // "file:pos"
  static Result<LogCoordinates> parse(std::string_view text);
  std::string text() const { return file + ":" + std::to_string(pos); }
  bool empty() const { return file.empty(); }

  bool operator==(const LogCoordinates&) const = default;
  std::strong_ordering operator<=>(const LogCoordinates& other) const {
    auto by_file = compare_log_files(file, other.file);
    return by_file != 0 ? by_file : pos <=> other.pos;
  }
};

}  // namespace tanist::gtid

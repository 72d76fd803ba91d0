#include "base/server_version.h"

#include <algorithm>
#include <array>

namespace tanist {

namespace {

Version leading_numbers(std::string_view text) {
  constexpr int kLargest = 100'000;
  std::array<int, 3> numbers{};
  size_t index = 0;
  bool in_number = false;
  for (char c : text) {
    if (c >= '0' && c <= '9') {
      numbers[index] = std::min(numbers[index] * 10 + (c - '0'), kLargest);
      in_number = true;
    } else if (c == '.' && in_number && index < 2) {
      ++index;
      in_number = false;
    } else {
      break;
    }
  }
  return {numbers[0], numbers[1], numbers[2]};
}

}  // namespace

ServerVersion parse_server_version(std::string_view text) {
  constexpr std::string_view kReplicationPrefix = "5.5.5-";
  ServerVersion version;
  version.text = text;
  if (text.find("MariaDB") != std::string_view::npos) {
    version.flavour = Flavour::mariadb;
    if (text.starts_with(kReplicationPrefix)) text.remove_prefix(kReplicationPrefix.size());
  }
  version.number = leading_numbers(text);
  return version;
}

}  // namespace tanist

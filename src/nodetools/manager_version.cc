#include "nodetools/manager_version.h"

#include <charconv>
#include <string>

namespace tanist::nodetools {

Status check_manager_version(std::string_view version) {
  if (version.empty()) return {};
  constexpr double kOldest = 0.54;
  size_t second_dot = version.find('.', version.find('.') + 1);
  std::string_view number = version.substr(0, second_dot);
  double value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc{} && end == number.data() + number.size() && value >= kOldest) return {};
  return fail(Errc::unsupported,
              "manager version " + std::string(version) + " is too old or not a version; 0.54 is needed");
}

}  // namespace tanist::nodetools

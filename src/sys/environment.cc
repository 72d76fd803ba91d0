#include "sys/environment.h"

#include <cstdlib>
#include <map>
#include <optional>

extern char** environ;

namespace tanist::sys {

namespace {

// Ours, with the value from before.
std::map<std::string, std::optional<std::string>>& replaced() {
  static std::map<std::string, std::optional<std::string>> values;
  return values;
}

}  // namespace

void set_for_us_only(const std::string& name, const std::string& value) {
  const char* before = std::getenv(name.c_str());
  replaced().try_emplace(name, before ? std::optional<std::string>(before) : std::nullopt);
  ::setenv(name.c_str(), value.c_str(), 1);
}

std::vector<std::string> environment_of_children() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    std::string text(*entry);
    if (!replaced().contains(text.substr(0, text.find('=')))) all.push_back(std::move(text));
  }
  for (const auto& [name, before] : replaced()) {
    if (before) all.push_back(name + "=" + *before);
  }
  return all;
}

}  // namespace tanist::sys

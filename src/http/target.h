// The target of a request: "/v1/history?cluster=app%201".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tanist::http {

struct Target {
  std::string path;
  std::map<std::string, std::string> query;  // of a name that comes twice the last
};

// Errc::invalid for what is no path, and for escapes that are none or stand for control characters.
Result<Target> parse_target(std::string_view text);

// For a path or a query: all but letters, digits and "-._~" escaped.
std::string escape(std::string_view text);

}  // namespace tanist::http

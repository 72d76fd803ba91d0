// A password. It has no way to be printed by accident: no stream operator, no formatter, no conversion to string.
#pragma once

#include <string>
#include <utility>

namespace tanist {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace tanist

// The table of grey failures. Private to this room; grey.cc walks it.
#pragma once

#include <span>

#include "detect/grey.h"

namespace tanist::detect {

struct GreyRule {
  std::string_view id;
  GreyKind kind;
  std::string_view when;  // for the documentation page
  bool (*holds)(const GreyFacts& facts);
  std::string (*sentence)(const GreyFacts& facts);
  std::vector<std::string> (*evidence)(const GreyFacts& facts);
};
std::span<const GreyRule> grey_rules();

}  // namespace tanist::detect

// The rule table of detection. Private to this room; finding.cc walks it.
#pragma once

#include <string>
#include <string_view>

#include "detect/evidence.h"

namespace tanist::detect {

struct Rule {
  std::string_view id;
  Kind kind;
  std::string_view when;  // for the documentation page
  bool (*holds)(const Evidence& evidence);
  std::string (*sentence)(const Evidence& evidence);
};

struct RuleSpan {
  const Rule* first;
  const Rule* last;
  const Rule* begin() const { return first; }
  const Rule* end() const { return last; }
};
RuleSpan rules();

}  // namespace tanist::detect

// Every rule by which something is decided, as tables: for docs/failover-rules.md and for `tanist rules`. Pure.
#pragma once

#include <string>
#include <vector>

namespace tanist::cli {

struct RuleTable {
  std::string name;   // the marker on the page, and the word of the command
  std::string title;  // what it decides
  std::vector<std::string> columns;  // the first is the id
  std::vector<std::vector<std::string>> rows;
};
std::vector<RuleTable> rule_tables();

std::string markdown(const RuleTable& table);

}  // namespace tanist::cli

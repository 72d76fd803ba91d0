#include "detect/finding.h"

#include <algorithm>

#include "detect/evidence.h"
#include "detect/rules.h"

namespace tanist::detect {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::alive:
      return "alive";
    case Kind::busy:
      return "busy";
    case Kind::unreachable_from_us:
      return "unreachable from us";
    case Kind::our_network:
      return "our network";
    case Kind::suspect:
      return "suspect";
    case Kind::crashed:
      return "crashed";
    case Kind::hung:
      return "hung";
    case Kind::silent:
      return "silent";
    case Kind::given_up:
      return "given up";
    case Kind::vetoed:
      return "vetoed";
  }
  return "?";
}

bool is_dead(Kind kind) { 
  return kind == Kind::crashed || kind == Kind::hung || kind == Kind::silent || kind == Kind::given_up;
}

Finding judge(const Case& facts) {
  Evidence evidence(facts);
  for (const Rule& rule : rules()) {
    if (!rule.holds(evidence)) continue;
    std::vector<std::string> lines = rule.kind == Kind::alive ? std::vector<std::string>{} : evidence.lines();
    return Finding{std::string(rule.id), rule.kind, rule.sentence(evidence), std::move(lines)};
  }
  return Finding{};  // the last rule always holds
}

std::vector<RuleRow> rule_table() {
  std::vector<RuleRow> rows;
  for (const Rule& rule : rules()) rows.push_back(RuleRow{rule.id, rule.kind, rule.when});
  return rows;
}

bool means_alive(int mysql_error) {
  constexpr int kAlive[] = {1040, 1042, 1043, 1044, 1045, 1129, 1130, 1203, 1226, 1251, 1275};
  return std::find(std::begin(kAlive), std::end(kAlive), mysql_error) != std::end(kAlive);
}

}  // namespace tanist::detect

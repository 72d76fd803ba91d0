// A replaced primary is back with transactions that nobody else has, and a person has said that they may be lost. That
// alone makes no replica of it: what they did is in its tables, and a replica that differs breaks later, or never says so.
// May they be dropped with nothing of them left behind? Pure: rows X.., first match wins.
#pragma once

#include "plan/returned.h"

namespace tanist::plan {

enum class Discard {
  refused,
  leave_log,  // they change nothing, and by position nobody asks for them
  reset_logs,  // they change nothing, but their GTIDs must go: with its log
};

struct DiscardVerdict {
  std::string rule;
  Discard how = Discard::refused;
  std::string sentence;
  std::string gtids;  // for reset_logs: what it has executed without them, in the notation of its flavour
};
// Behind a verdict `extra` on the same facts.
DiscardVerdict judge_discard(const ReturnFacts& facts);
std::vector<RuleRow> discard_rules();

}  // namespace tanist::plan

// Replicas of the primary that no section of the configuration names: said, or taken into the cluster. Pure: rows K80 on,
// beside those of care.h. An adopted replica counts in a failover as any other does, but for one thing: it is never promoted.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace tanist::plan {

struct StrangerVerdict {
  std::string rule, sentence;
};
// `why_not`: it was asked, and this speaks against adopting it. Nothing is to be said of one that is to be asked.
std::optional<StrangerVerdict> judge_stranger(const topology::Stranger& stranger, const Snapshot& look, bool discover,
                                              const std::string& why_not);

// What it has answered does not make it a replica of this primary that may be in the cluster as `as`; nothing: it does.
std::optional<std::string> why_not_adopted(const topology::Stranger& stranger, const topology::ServerFacts& as,
                                           const topology::ServerState& answer, const Snapshot& look);

// If the primary of `look` died now its failover would be refused, and without this server it would not: the refusal. Asked as
// if `others` were not there: each of several that are in the way would else hide the rest.
std::optional<std::string> why_in_the_way(Snapshot look, const ServerId& who, const std::set<ServerId>& others = {});

struct AdoptedFacts {
  bool discover = true;
  std::string section;                 // of the file, that names it now
  std::chrono::microseconds absent{};  // since it was last connected to the primary, or a replica of a server of the file
  std::string in_the_way;              // why_in_the_way, in this look and the one before
};
// Long enough for a host that is rebuilt or a night in maintenance, short enough that nobody waits for a machine that was
// given back.
inline constexpr std::chrono::hours kForgottenAfter{24};
std::optional<std::string> why_forgotten(const AdoptedFacts& facts);

std::vector<RuleRow> adoption_rules();

}  // namespace tanist::plan

// Who has received what, and who may follow the dead primary: reference mha-manager.md 6.5 and 6.6. Private
// to this room.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace tanist::plan {

using topology::Member;
using topology::Role;

// The replicas this room plans for: alive, below the primary, applier not failed. Configuration order.
std::vector<const Member*> managed(const Snapshot& snapshot);
std::vector<ServerId> ids_of(const std::vector<const Member*>& members);
std::string names_of(const std::vector<const Member*>& members);

// By what they have received (R2), never by what they have applied.
struct Ranking {
  LogCoordinates latest, oldest;
  std::vector<const Member*> latest_members, oldest_members;
};
Ranking rank(const std::vector<const Member*>& replicas);

// The latest replica on which the delay rule is measured (6.5): by GTID the one that has applied most.
const Member* base_replica(const std::vector<const Member*>& latest, int gtid_mode);

// Delayed on purpose: it holds received events for hours, and must not lose them nor hold anybody up.
bool is_delayed(const Member& member);
// It holds received events that it has not applied.
bool holds_events(const Member& member);

struct CandidateCase {
  const Snapshot& snapshot;
  std::vector<const Member*> replicas;  // managed
  std::vector<const Member*> latest;
  const Member* base = nullptr;  // of `latest`; null: no delay rule
  std::set<ServerId> barred;     // cannot be brought up to date
};

struct Objection {
  std::string what;
  std::string to_override;
};
struct Bad {
  std::string rule;
  Objection why;
};
// The first filter that speaks against this server, if any.
std::optional<Bad> why_bad(const Member& member, const CandidateCase& facts);

const Member* forced_member(const Snapshot& snapshot, const Policy& policy);
Choice choose(const CandidateCase& facts, const Policy& policy);

}  // namespace tanist::plan

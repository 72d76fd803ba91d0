// What is checked before a cluster is watched, and by masterha_check_repl: reference mha-manager.md 5.1, the
// rows that need only facts (4, 6-8, 11-15, 17, 21), its filter check (5.5), and what MHA did not look at
// (S3x).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "topology/snapshot.h"

namespace tanist::plan {

enum class Severity { fatal, warning, info };
std::string_view to_string(Severity severity);

struct CheckFinding {
  Severity severity = Severity::info;
  std::string row;       // "S13": row 13 of reference 5.1
  std::string sentence;  // names the server and, where there is one, the way out
  ServerId server;       // empty: the cluster
};

struct CheckPolicy {
  bool ignore_fail_on_start = false;
  // masterha_check_repl: every replica must run and be at most this far behind. Nothing: not checked (row
  // 21).
  std::optional<uint64_t> seconds_behind_limit;
};

// In row order; all findings, not only the first.
std::vector<CheckFinding> startup_checks(const topology::Snapshot& snapshot, const CheckPolicy& policy);
bool any_fatal(const std::vector<CheckFinding>& findings);

// Reference 5.5 with its defect mended: every server is compared with every other. One sentence per
// difference.
std::vector<std::string> filter_differences(const topology::Snapshot& snapshot);

// Of the two sides of a planned switch: what they log, and which tables the old primary would replicate if it became a
// replica (`of_old_primary`; nothing: that is not compared).
std::vector<std::string> switch_filter_differences(const topology::Member& old_primary, const topology::Member& next,
                                                   const std::optional<topology::ReplicationFilters>& of_old_primary);

std::vector<RuleRow> startup_rules();

}  // namespace tanist::plan

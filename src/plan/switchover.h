// The planned switch to another primary while the current one lives: from facts and policy to ordered steps,
// each candidate's verdict with its reason, the point of no return marked; or to a Refusal. Pure, like
// plan.h, whose words and candidate rules it uses. Reference mha-manager.md 7.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/plan.h"
#include "topology/activity.h"

namespace tanist::plan {

// Configuration and command line, as far as they decide. Defaults are MHA's.
struct SwitchPolicy {
  std::optional<std::string> forced_host;  // --new_master_host
  uint16_t forced_port = 3306;
  bool old_becomes_replica = false;    // --orig_master_is_new_slave
  uint64_t running_updates_limit = 1;  // seconds
  uint64_t running_seconds_limit = 10;
  uint64_t seconds_behind_limit = 30;
  bool lock_tables = true;   // --skip_lock_all_tables
  bool flush_tables = true;  // --flush_tables
  bool has_script = false;   // master_ip_online_change_script of the primary
  // What MHA did not do, and `tanist switchover` does: go on without servers that may fail, and not begin
  // what must end with an old primary that cannot log in to the new one.
  bool spare_ignored = false;
  bool needs_password = false;
  Duration max_fact_age = std::chrono::seconds(30);  // R8
};

struct SwitchFacts {
  Snapshot snapshot;
  topology::ActivityOf activity;  // of live servers
  // Of the primary; nothing: it does not tell.
  std::optional<topology::ReplicationFilters> primary_filters;
  std::string
      script_problem;  // why master_ip_online_change_script cannot be run; empty: it can, or nobody knows
};

// What keeps the old primary from taking writes, until its clients write elsewhere.
enum class BlockBy {
  super_read_only,  // nobody at all; where it exists
  read_lock,        // the global read lock, then read_only: privileged accounts write through read_only alone
  read_only,        // where that lock would hold everybody up behind a statement that runs
  nothing,          // --skip_lock_all_tables: somebody else sees to it; proven by a log that stands still
};
std::string_view to_string(BlockBy by);

struct SwitchPlan {
  ServerId old_primary, new_primary;
  int gtid_mode = 0;  // reference 6.2
  BlockBy block = BlockBy::read_lock;
  bool old_becomes_replica = false;
  std::vector<CandidateVerdict> candidates;
  std::vector<ServerId> left_behind;  // may fail, and has failed
  std::vector<Step> steps;
  std::vector<std::string> warnings;
};

using SwitchDecision = std::variant<SwitchPlan, Refusal>;
SwitchDecision plan_switch(const SwitchFacts& facts, const SwitchPolicy& policy);

std::vector<RuleRow> switch_rules();  // W..

// For people, and for programs.
std::string text(const SwitchPlan& plan, const Snapshot& snapshot);
std::string json(const SwitchPlan& plan);

}  // namespace tanist::plan

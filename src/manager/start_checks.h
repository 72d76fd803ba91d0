// What must hold before a cluster is watched, and what masterha_check_repl reports: reference mha-manager.md 5.1, in
// its order of meaning but with everything that can be asked at once asked at once (MHA took 8 s for four hosts).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manager/cluster.h"

namespace tanist::manager {

struct StartOptions {
  bool ignore_fail_on_start = false;
  bool skip_ssh_check = false;
  bool interactive = false;                 // asks whether to go on with a dead primary
  std::optional<uint64_t> seconds_behind;   // check_repl: replicas must run and be this close
};

struct StartOutcome {
  bool ok = false;
  topology::Snapshot snapshot;
  std::optional<bool> primary_ssh;          // the primary's host answers ssh
  std::vector<std::string> errors, warnings;  // as they were logged
};

// Logs every finding; ok is false if one is fatal. All fatal ones are found in one run.
sys::Task<StartOutcome> start_checks(Cluster& cluster, StartOptions options);

}  // namespace tanist::manager

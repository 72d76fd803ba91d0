// A failover as the masterha_* commands run it: flag files, health file, configuration file and exit code around
// execute::run_failover.
#pragma once

#include <optional>
#include <string>

#include "base/options.h"
#include "compat/status_file.h"
#include "execute/failover.h"
#include "manager/cluster.h"

namespace tanist::compat {

struct FailoverCommand {
  ServerId dead_primary;
  std::string cause;
  std::optional<bool> ssh_reachable;
  std::optional<gtid::LogCoordinates> last_seen_end;
  topology::TlsFiles dead_tls;
  topology::SemiSync dead_semi_sync;
  Duration last_question = execute::kLongestQuestion;
  bool given_up = false;         // it answers and is of no use (failover_on)
  bool judged_dead = false;      // by the monitor; else the primary is asked itself before anything else
  bool interactive = false;
  StatusFile* status = nullptr;  // masterha_manager and non-interactive switches keep it
};

// With the exit code 0, 1 or 10 (reference 2.1).
sys::Task<execute::FailoverResult> run_failover_command(manager::Cluster& cluster, const Options& options, FailoverCommand command);

// For --remove_dead_master_conf and --remove_orig_master_conf; says in the log what came of it.
void remove_section_of(manager::Cluster& cluster, const ServerId& server);

// Interrupted by a signal after phase 2 began: the error flag is left (reference 4.3).
bool yes(const std::optional<std::string>& answer);

}  // namespace tanist::compat

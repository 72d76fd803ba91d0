// Watching one primary as masterha_manager and masterha_master_monitor do (reference mha-manager.md 2.2, 5): the options
// for it, the health file that follows it, and what it ends with.
#pragma once

#include <vector>

#include "base/options.h"
#include "compat/open_cluster.h"
#include "compat/status_file.h"
#include "manager/monitor.h"
#include "manager/start_checks.h"

namespace tanist::compat {

// Of both commands. `interactive`: its default, "0" or "1".
std::vector<OptionRow> watch_rows(std::string_view interactive);

struct JudgedDead {
  ServerId primary;  // as the configuration files call it now
  manager::PrimaryDead verdict;
};

// The whole command: opens the cluster, with --check_only checks and ends, else takes the cluster's lock and health file,
// checks, and pings until the primary is judged dead; what is done then is `after`'s, whose exit code is the command's.
using AfterDeath = sys::Task<int> (*)(OpenedCluster& opened, JudgedDead dead, StatusFile& status);
sys::Task<int> watch_and_then(CommandTable table, std::vector<std::string> args, manager::Outside& outside, bool journal,
                              AfterDeath after);

}  // namespace tanist::compat

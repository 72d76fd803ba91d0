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

// The one who watches a cluster: its lock, and its health file, which shows INITIALIZING_MONITOR from here on.
struct WatchPlace {
  std::unique_ptr<store::ClusterLock> lock;
  StatusFile status;
};
Result<WatchPlace> take_place(manager::Cluster& cluster);

// Start checks, then pings until the end. The health file shows PING_FAILED when the primary is judged dead. The
// unexpected value is the exit code; everything has been said.
sys::Task<tl::expected<JudgedDead, int>> watch_until_dead(OpenedCluster& opened, StatusFile& status);

// --check_only: beside a manager that runs; neither its lock nor its health file is touched (reference 5.1 #3).
sys::Task<int> check_only(manager::Cluster& cluster, const Options& options);

}  // namespace tanist::compat

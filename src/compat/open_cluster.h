// How every command that works on a cluster begins: options, configuration (all its errors at once), then the log and
// everything else that depends on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "manager/cluster.h"

namespace tanist::compat {

struct Opening {
  bool log_to_file = false;  // manager_log of the configuration counts; else stderr
  bool journal = false;
};

struct OpenedCluster {
  Options options;
  std::unique_ptr<manager::Cluster> cluster;
};

// The unexpected value is the exit code; everything has been said.
sys::Task<tl::expected<OpenedCluster, int>> open_cluster(CommandTable table, std::vector<std::string> args,
                                                         manager::Outside& outside, Opening opening);

}  // namespace tanist::compat

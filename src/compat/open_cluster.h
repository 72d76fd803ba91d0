// How every command that works on a cluster begins: options, configuration (all its errors at once), then the log and
// everything else that depends on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "manager/cluster.h"

namespace tanist::compat {

struct LoadedCluster {
  Options options;
  config::ClusterConfig config;  // its warnings are not said yet: they belong into the log
};

// The unexpected value is the exit code; everything has been said. MHA's tools end with the system's error number when
// the file itself cannot be read.
sys::Task<tl::expected<LoadedCluster, int>> load_cluster_of(CommandTable table, std::vector<std::string> args,
                                                            manager::Outside& outside);

struct Opening {
  bool log_to_file = false;  // manager_log of the configuration counts; else stderr
  bool journal = false;
};

struct OpenedCluster {
  Options options;
  std::unique_ptr<manager::Cluster> cluster;
};

// As above, but every failure is 1.
sys::Task<tl::expected<OpenedCluster, int>> open_cluster(CommandTable table, std::vector<std::string> args,
                                                         manager::Outside& outside, Opening opening);

}  // namespace tanist::compat

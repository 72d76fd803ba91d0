// How every command that works on a cluster begins: options, configuration (all its errors at once), then the log and
// everything else that depends on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "manager/cluster.h"

namespace tanist::compat {

// The configuration files of a command and what stood in them, to see whether that changed.
struct ConfigFiles {
  config::LoadRequest request;
  std::string global_text, text;  // empty if it could not be read
};
ConfigFiles read_config_files(manager::Outside& outside, config::LoadRequest request);

struct LoadedCluster {
  Options options;
  ConfigFiles files;
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
  ConfigFiles files;
  std::unique_ptr<manager::Cluster> cluster;
};

// As above, but every failure is 1.
sys::Task<tl::expected<OpenedCluster, int>> open_cluster(CommandTable table, std::vector<std::string> args,
                                                         manager::Outside& outside, Opening opening);

// The files may have been edited since the command began (reference 1.1, 5.6): the cluster goes on with what they say now,
// but its work directory and log stay where they are. What cannot be read, or not be resolved while a primary is dead, is
// said, and the cluster goes on with what it knows. The id that the server has now; an error if it is in the files no more.
sys::Task<Result<ServerId>> reread_config(OpenedCluster& opened, ServerId server);

}  // namespace tanist::compat

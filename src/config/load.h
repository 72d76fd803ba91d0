// From the path of an application file to a ClusterConfig: reads both files, runs init_conf_load_script,
// resolves names in parallel and checks everything before it gives up, so that all errors come at once.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "config/cluster.h"
#include "config/problem.h"
#include "sys/task.h"

namespace tanist::config {

inline constexpr const char* kGlobalConf = "/etc/masterha_default.cnf";

struct ScriptOutput {
  int exit_code = 0;
  std::string output;  // its stdout
};

// What loading needs of the outside. Whoever hands it in gives each wait its deadline.
struct ConfigWorld {
  std::function<Result<std::string>(const std::string& path)>
      read;  // Errc::not_found if there is no such file
  std::function<sys::Task<Result<std::string>>(std::string host)> resolve;  // the resolver's first address
  std::function<sys::Task<Result<ScriptOutput>>(std::string command)>
      run_script;          // by the shell, no arguments
  std::string login_name;  // of the effective user: the default ssh_user
};

struct LoadRequest {
  std::string conf;
  std::string global_conf = kGlobalConf;  // missing: a warning
};

using Loaded = tl::expected<ClusterConfig, ConfigErrors>;

// `world` must live until the task ends.
sys::Task<Loaded> load_cluster(const ConfigWorld& world, LoadRequest request);

}  // namespace tanist::config

// The options that masterha_manager and masterha_master_switch share (reference mha-manager.md 2.1, 2.7.1). What they mean to
// the planner: manager/recovery_options.h.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "config/cluster.h"

namespace tanist::compat {

std::vector<OptionRow> cluster_rows();   // --conf, --global_conf, work directory, log
std::vector<OptionRow> failover_rows();  // these and all that says how a failover is done

// Where the work directory and the log are: the options win over the configuration.
void apply_places(const Options& options, config::ClusterConfig& config);

// How long to wait, of an option in seconds: a year at most, which no clock's arithmetic overflows of.
std::chrono::seconds patience(const Options& options, std::string_view name);

}  // namespace tanist::compat

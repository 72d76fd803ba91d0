// The options that masterha_manager and masterha_master_switch share (reference mha-manager.md 2.1, 2.7.1), and what
// they mean to the planner.
#pragma once

#include <span>
#include <vector>

#include "base/options.h"
#include "config/cluster.h"
#include "plan/plan.h"

namespace tanist::compat {

std::vector<OptionRow> failover_rows();

// Where the work directory and the log are: the options win over the configuration.
void apply_places(const Options& options, config::ClusterConfig& config);

plan::Policy failover_policy(const Options& options, const config::ClusterConfig& config, const ServerId& dead);

}  // namespace tanist::compat

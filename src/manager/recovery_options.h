// What a person may say of a failover or a switch: rows of options, and what they mean to the planner. One form for the
// commands that act by themselves and for what is asked of `tanist run`.
#pragma once

#include <vector>

#include "base/options.h"
#include "base/result.h"
#include "config/cluster.h"
#include "plan/plan.h"
#include "plan/switchover.h"

namespace tanist::manager {

std::vector<OptionRow> failover_policy_rows();
plan::Policy failover_policy(const Options& options, const config::ClusterConfig& config, const ServerId& dead);

std::vector<OptionRow> switch_policy_rows();  // of `tanist switchover`
// Errc::invalid: --to names nobody.
Result<plan::SwitchPolicy> switch_policy(const Options& options);

// An answer that is negative is none.
uint64_t limit(const Options& options, std::string_view name);

// The server that a person means, by host or section; Errc::not_found says who there is.
Result<ServerId> named_server(const config::ClusterConfig& config, const std::string& name);

}  // namespace tanist::manager

#include "compat/failover_options.h"

#include <algorithm>

#include "config/load.h"
#include "manager/recovery_options.h"

namespace tanist::compat {

std::vector<OptionRow> cluster_rows() {
  return {
      {"conf", OptionKind::text, "", "FILE", "application configuration file (mandatory)"},
      {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications"},
      {"manager_workdir|workdir", OptionKind::text, "", "DIR", "state files; wins over the configuration"},
      {"manager_log|log_output", OptionKind::text, "", "FILE", "log file; wins over the configuration"},
  };
}

std::vector<OptionRow> failover_rows() {
  std::vector<OptionRow> rows = cluster_rows();
  const OptionRow more[] = {
      {"last_failover_minute", OptionKind::integer, "480", "MINUTES", "refuse when the last failover is younger"},
      {"ignore_last_failover", OptionKind::boolean, "", "", "forget what the last failover left"},
      {"wait_on_failover_error", OptionKind::integer, "0", "SECONDS", "sleep before the end after a failed failover"},
      {"remove_dead_master_conf|remove_orig_master_conf", OptionKind::boolean, "", "",
       "delete the dead server's section from the configuration after full success"},
  };
  rows.insert(rows.end(), std::begin(more), std::end(more));
  const std::vector<OptionRow> policy = manager::failover_policy_rows();
  rows.insert(rows.end(), policy.begin(), policy.end());
  rows.push_back({"dry_run", OptionKind::boolean, "", "", "print the plan and change nothing"});
  return rows;
}

void apply_places(const Options& options, config::ClusterConfig& config) {
  auto given = [&](std::string_view name) { return options.knows(name) && options.given(name); };
  for (auto& server : config.servers) {
    if (given("manager_workdir")) server.manager_workdir = options.text("manager_workdir");
    if (given("manager_log")) server.manager_log = options.text("manager_log");
  }
}

std::chrono::seconds patience(const Options& options, std::string_view name) {
  constexpr std::chrono::seconds kYear = std::chrono::hours(24 * 365);
  return std::chrono::seconds(std::clamp<int64_t>(options.number(name), 0, kYear.count()));
}

}  // namespace tanist::compat

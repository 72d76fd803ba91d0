#include "compat/failover_options.h"

#include <algorithm>

#include "config/load.h"
#include "execute/from_config.h"

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
      {"new_master_host", OptionKind::text, "", "HOST", "promote this one and no other"},
      {"new_master_port", OptionKind::port, "3306", "PORT", "its port"},
      {"skip_save_master_binlog", OptionKind::boolean, "", "", "do not copy the dead server's binary log"},
      {"skip_change_master", OptionKind::boolean, "", "", "bring replicas up to date, do not repoint them"},
      {"skip_disable_read_only", OptionKind::boolean, "", "", "leave read_only as it is on the new primary"},
      {"wait_until_gtid_in_sync", OptionKind::integer, "1", "0|1", "wait until replicas have executed everything"},
      {"ignore_binlog_server_error", OptionKind::boolean, "", "", "go on without binary log servers"},
      {"dry_run", OptionKind::boolean, "", "", "print the plan and change nothing"},
  };
  rows.insert(rows.end(), std::begin(more), std::end(more));
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

plan::Policy failover_policy(const Options& options, const config::ClusterConfig& config, const ServerId& dead) {
  plan::Policy policy = execute::default_policy(config, dead);
  if (options.given("new_master_host")) policy.forced_host = options.text("new_master_host");
  policy.forced_port = static_cast<uint16_t>(options.number("new_master_port"));
  policy.skip_save_master_binlog = options.flag("skip_save_master_binlog");
  policy.ignore_binlog_server_error = options.flag("ignore_binlog_server_error");
  policy.skip_change_master = options.flag("skip_change_master");
  policy.skip_disable_read_only = options.flag("skip_disable_read_only");
  policy.wait_until_gtid_in_sync = options.number("wait_until_gtid_in_sync") != 0;
  return policy;
}

}  // namespace tanist::compat

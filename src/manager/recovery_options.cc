#include "manager/recovery_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/server_name.h"
#include "execute/from_config.h"

namespace tanist::manager {

std::vector<OptionRow> failover_policy_rows() {
  return {
      {"new_master_host", OptionKind::text, "", "HOST", "promote this one and no other"},
      {"new_master_port", OptionKind::port, "3306", "PORT", "its port"},
      {"skip_save_master_binlog", OptionKind::boolean, "", "", "do not copy the dead server's binary log"},
      {"skip_change_master", OptionKind::boolean, "", "", "bring replicas up to date, do not repoint them"},
      {"skip_disable_read_only", OptionKind::boolean, "", "", "leave read_only as it is on the new primary"},
      {"wait_until_gtid_in_sync", OptionKind::integer, "1", "0|1", "wait until replicas have executed everything"},
      {"ignore_binlog_server_error", OptionKind::boolean, "", "", "go on without binary log servers"},
  };
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

std::vector<OptionRow> switch_policy_rows() {
  return {
      {"to", OptionKind::text, "", "HOST[:PORT]", "promote this one; chosen by the rules when not given"},
      {"leave_old_primary", OptionKind::flag, "", "", "the old primary stays read-only and follows nobody"},
      {"running_updates_limit", OptionKind::integer, "1", "SECONDS", "refuse while an update runs longer on the old primary"},
      {"running_seconds_limit", OptionKind::integer, "10", "SECONDS", "refuse while a statement runs so long on the new one"},
      {"seconds_behind_master", OptionKind::integer, "30", "SECONDS", "greatest lag of every replica"},
  };
}

Result<plan::SwitchPolicy> switch_policy(const Options& options) {
  plan::SwitchPolicy policy;
  if (options.given("to")) {
    const auto name = config::server_name(options.text("to"));
    if (!name) return fail(Errc::invalid, "--to takes HOST or HOST:PORT, not " + options.text("to"));
    policy.forced_host = name->host;
    policy.forced_port = name->port.value_or(policy.forced_port);
  }
  policy.old_becomes_replica = !options.flag("leave_old_primary");
  policy.running_updates_limit = limit(options, "running_updates_limit");
  policy.running_seconds_limit = limit(options, "running_seconds_limit");
  policy.seconds_behind_limit = limit(options, "seconds_behind_master");
  policy.spare_ignored = policy.needs_password = true;
  return policy;
}

uint64_t limit(const Options& options, std::string_view name) {
  return static_cast<uint64_t>(std::max<int64_t>(0, options.number(name)));
}

Result<ServerId> named_server(const config::ClusterConfig& config, const std::string& text) {
  const auto name = config::server_name(text);
  std::vector<const config::ServerConfig*> meant;
  std::vector<std::string> all;
  for (const config::ServerConfig& server : config.servers) {
    all.push_back(server.host_info());
    const bool called_so = name && (server.hostname == name->host || server.ip == name->host || server.id.text == name->host);
    if (called_so && name->port.value_or(server.port) == server.port) meant.push_back(&server);
  }
  if (meant.size() == 1) return meant.front()->id;
  if (meant.empty()) return fail(Errc::not_found, fmt::format("{}: no server is called {}; there are {}", config.path, text, join(all, ", ")));
  return fail(Errc::invalid, fmt::format("{}: {} is several servers: say HOST:PORT", config.path, text));
}

}  // namespace tanist::manager

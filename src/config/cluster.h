// A cluster as its .cnf files describe it: every value typed, defaulted and inherited, names resolved.
// Immutable once loaded. Field names are the key names of MHA; keys.cc has one row for each with its meaning.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"
#include "config/problem.h"
#include "sys/log.h"

namespace tanist::config {

enum class PingType { select, connect, insert };
std::string to_string(PingType type);  // as it is written in the files
enum class Detection { evidence, mha };
enum class UnprovenFence { promote, refuse };
enum class HookPasswords { argv, env, none };
// Of what happens to a cluster, what is worth a notice.
struct NotifyOn {
  bool recovery = false, alarm = false, finding = false, state = false;
  bool operator==(const NotifyOn&) const = default;
};
// What a living primary may be replaced for, where the configuration says so.
enum class GiveUp { hung_commits, read_only_disk, full_disk, slow };

struct ServerConfig {
  ServerId id;     // the section name: "server1", "binlog1"
  Origin section;  // where the section begins

  // Who it is.
  std::string hostname;
  std::string ip;  // the address for MySQL; as configured, else resolved from hostname
  uint16_t port = 0;
  std::string node_label;

  // SSH.
  std::string ssh_host;
  std::string ssh_ip;
  uint16_t ssh_port = 0;
  std::string ssh_user;
  std::string ssh_options;  // for this host (see ClusterConfig::ssh_options)
  std::chrono::seconds ssh_connection_timeout{};
  bool skip_init_ssh_check = false;

  // MySQL accounts. An empty repl_user means: as the replica's own status shows it.
  std::string user;
  Secret password;
  std::string repl_user;
  Secret repl_password;

  // Its part in a failover.
  bool candidate_master = false;
  bool no_master = false;
  bool ignore_fail = false;
  bool skip_reset_slave = false;
  bool multi_tier_slave = false;
  bool check_repl_delay = false;
  bool check_repl_filter = false;
  bool latest_priority = false;
  bool use_gtid_auto_pos = false;

  // Logs and directories.
  bool disable_log_bin = false;
  bool handle_raw_binlog = false;
  std::vector<std::string> master_binlog_dir;
  std::string master_pid_file;
  std::string remote_workdir;
  std::string client_bindir;
  std::string client_libdir;

  // Watching.
  std::chrono::seconds ping_interval{};
  PingType ping_type = PingType::select;

  // Scripts: command lines for the shell; empty means none.
  std::string secondary_check_script;
  std::string master_ip_failover_script;
  std::string master_ip_online_change_script;
  std::string shutdown_script;
  std::string report_script;
  std::string init_conf_load_script;

  // Of the manager as a whole; ask ClusterConfig, which knows whose value counts.
  sys::Level log_level = sys::Level::info;
  std::string manager_workdir;
  std::string manager_log;

  // Tanist's own policy keys.
  Detection detection = Detection::evidence;
  UnprovenFence on_unproven_fence = UnprovenFence::promote;
  std::chrono::seconds hook_timeout{};
  HookPasswords hook_passwords = HookPasswords::argv;
  bool fence_over_ssh = false;
  bool standin = false;
  bool auto_rejoin = false;
  bool care_receiver = false;
  bool care_read_only = false;
  bool care_source = false;
  bool discover = false;
  std::chrono::seconds alarm_lag{};
  std::string notify_command;
  std::string notify_mail;
  Secret notify_webhook;  // such addresses hold a token
  NotifyOn notify_on;
  std::chrono::seconds write_test{};  // 0: none
  std::vector<GiveUp> failover_on;
  std::chrono::seconds grey_patience{};
  std::chrono::seconds heartbeat_period{};  // 0: left as it is

  // Where each key that is set for this server was written, inherited ones included.
  std::map<std::string, Origin> origins;

  std::string host_info() const { return hostname + "(" + ip + ":" + std::to_string(port) + ")"; }
};

struct ClusterConfig {
  std::string name;  // MHA's APP: the file's base name without its last extension
  std::string path;
  std::vector<ServerConfig> servers;         // in MHA's order (1.4), which breaks ties between candidates
  std::vector<ServerConfig> binlog_servers;  // in order of their names
  ServerConfig defaults;                     // what holds for a server that has no section
  std::string ssh_options;                   // the one that MHA would use for all hosts: passed on to hooks
  Problems warnings;

  // MHA takes what concerns the manager as a whole from the first server's effective values.
  const ServerConfig& first() const { return servers.front(); }
  const std::string& manager_workdir() const { return first().manager_workdir; }
  const std::string& manager_log() const { return first().manager_log; }
  sys::Level log_level() const { return first().log_level; }
  bool discover() const { return first().discover; }

  const ServerConfig* find(const ServerId& id) const;  // among the servers; null if there is none
  const ServerConfig* find(const std::string& hostname, uint16_t port) const;
};

// APP of a conf path.
std::string app_name(const std::string& conf_path);

}  // namespace tanist::config

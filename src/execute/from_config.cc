#include "execute/from_config.h"

#include <sstream>

#include "base/text.h"
#include "remote/options.h"

namespace tanist::execute {

std::vector<topology::ServerFacts> server_facts(const config::ClusterConfig& cluster) {
  std::vector<topology::ServerFacts> all;
  for (const auto& server : cluster.servers) {
    topology::ServerFacts facts;
    facts.id = server.id;
    facts.hostname = server.hostname;
    facts.ip = server.ip;
    facts.port = server.port;
    facts.node_label = server.node_label;
    facts.candidate_master = server.candidate_master;
    facts.no_master = server.no_master;
    facts.ignore_fail = server.ignore_fail;
    facts.check_repl_delay = server.check_repl_delay;
    facts.latest_priority = server.latest_priority;
    facts.multi_tier_slave = server.multi_tier_slave;
    facts.check_repl_filter = server.check_repl_filter;
    facts.use_gtid_auto_pos = server.use_gtid_auto_pos;
    facts.skip_reset_slave = server.skip_reset_slave;
    facts.has_repl_password = !server.repl_password.empty();
    facts.repl_user = server.repl_user;
    all.push_back(std::move(facts));
  }
  return all;
}

plan::Policy default_policy(const config::ClusterConfig& cluster, const ServerId& dead) {
  const config::ServerConfig& server = *cluster.find(dead);
  plan::Policy policy;
  policy.dead_primary = dead;
  policy.standin = server.standin;
  policy.fence_over_ssh = server.fence_over_ssh;
  policy.refuse_unproven_fence = server.on_unproven_fence == config::UnprovenFence::refuse;
  policy.has_ip_script = !server.master_ip_failover_script.empty();
  policy.has_start_script = policy.has_ip_script;  // the same script, called with another command
  policy.has_shutdown_script = !server.shutdown_script.empty();
  return policy;
}

namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

hooks::PasswordWay password_way(config::HookPasswords way) {
  switch (way) {
    case config::HookPasswords::argv: return hooks::PasswordWay::argv;
    case config::HookPasswords::env: return hooks::PasswordWay::env;
    case config::HookPasswords::none: return hooks::PasswordWay::none;
  }
  return hooks::PasswordWay::none;
}

}  // namespace

hooks::HookServer hook_server(const config::ServerConfig& server, const config::ClusterConfig& cluster,
                              bool ssh_reachable) {
  hooks::HookServer hook;
  hook.hostname = server.hostname;
  hook.ip = server.ip;
  hook.port = server.port;
  hook.ssh_user = server.ssh_user;
  hook.ssh_host = server.ssh_host;
  hook.ssh_ip = server.ssh_ip;
  hook.ssh_port = server.ssh_port;
  hook.user = server.user;
  hook.password = server.password;
  hook.password_way = password_way(server.hook_passwords);
  hook.pid_file = server.master_pid_file;
  if (!cluster.ssh_options.empty()) {
    auto set = ssh_reachable ? remote::alive_options(words(cluster.ssh_options))
                             : remote::check_options(server.ssh_connection_timeout, words(cluster.ssh_options));
    hook.ssh_options = join(set, " ");
  }
  return hook;
}

remote::Host remote_host(const config::ServerConfig& server) {
  remote::Host host;
  host.name = server.ssh_host;
  host.address = server.ssh_ip.empty() ? server.ssh_host : server.ssh_ip;
  host.port = server.ssh_port;
  host.user = server.ssh_user;
  host.options = words(server.ssh_options);
  host.connect_timeout = server.ssh_connection_timeout;
  return host;
}

}  // namespace tanist::execute

#include "hooks/arguments.h"

#include "base/text.h"

namespace tanist::hooks {

namespace {

Argument plain(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value)};
}
Argument user(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value), .quoted = true};
}
Argument password(std::string name, const HookServer& of) {
  return {.name = std::move(name), .value = of.password.reveal(), .secret = true, .quoted = true, .way = of.password_way};
}

// "orig_master": orig_master_host, orig_master_ip, orig_master_port.
Arguments address(const std::string& role, const HookServer& server) {
  return {plain(role + "_host", server.hostname), plain(role + "_ip", server.ip),
          plain(role + "_port", std::to_string(server.port))};
}

// What a script needs to know about ssh only where it is not the obvious (reference 3.1).
enum class SshOptions { passed, left_out };
Arguments ssh_extras(const std::string& prefix, const HookServer& server, SshOptions options) {
  Arguments extras;
  if (server.ssh_host != server.hostname || server.ssh_ip != server.ip) {
    extras.push_back(plain(prefix + "ssh_host", server.ssh_host));
    extras.push_back(plain(prefix + "ssh_ip", server.ssh_ip));
  }
  if (server.ssh_port != 22) extras.push_back(plain(prefix + "ssh_port", std::to_string(server.ssh_port)));
  if (options == SshOptions::passed && !server.ssh_options.empty()) {
    extras.push_back(plain("ssh_options", server.ssh_options));
  }
  return extras;
}
Arguments ssh_orig(const HookServer& orig) { return ssh_extras("orig_master_", orig, SshOptions::passed); }
Arguments ssh_new(const HookServer& next) { return ssh_extras("new_master_", next, SshOptions::left_out); }
Arguments ssh_shutdown(const HookServer& server) { return ssh_extras("", server, SshOptions::passed); }

Arguments joined(std::initializer_list<Arguments> parts) {
  Arguments all;
  for (const Arguments& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

Arguments ip_failover_status(const HookServer& orig) {
  return joined({{plain("command", "status"), plain("ssh_user", orig.ssh_user)},
                 address("orig_master", orig),
                 ssh_orig(orig)});
}

Arguments ip_failover_stop(const HookServer& orig, bool ssh_reachable) {
  Arguments command{plain("command", "stop")};
  if (ssh_reachable) command = {plain("command", "stopssh"), plain("ssh_user", orig.ssh_user)};
  return joined({address("orig_master", orig), command, ssh_orig(orig)});
}

Arguments ip_failover_start(const HookServer& orig, const HookServer& next) {
  return joined({{plain("command", "start"), plain("ssh_user", next.ssh_user)},
                 address("orig_master", orig),
                 address("new_master", next),
                 {user("new_master_user", next.user)},
                 ssh_orig(orig),
                 ssh_new(next),
                 {password("new_master_password", next)}});
}

Arguments online_change(OnlineChange phase, const HookServer& orig, const HookServer& next,
                        bool orig_becomes_replica) {
  Arguments role;
  if (orig_becomes_replica) role.push_back({.name = "orig_master_is_new_slave", .flag = true});
  return joined(
      {{plain("command", phase == OnlineChange::stop ? "stop" : "start")},
       address("orig_master", orig),
       {user("orig_master_user", orig.user)},
       address("new_master", next),
       {user("new_master_user", next.user)},
       {plain("orig_master_ssh_user", orig.ssh_user), plain("new_master_ssh_user", next.ssh_user)},
       ssh_orig(orig),
       ssh_new(next),
       role,
       {password("orig_master_password", orig), password("new_master_password", next)}});
}

Arguments shutdown_status(const HookServer& server) {
  return joined({{plain("command", "status"), plain("ssh_user", server.ssh_user),
                  plain("host", server.hostname), plain("ip", server.ip)},
                 ssh_shutdown(server)});
}

Arguments shutdown_stop(const HookServer& server, bool ssh_reachable) {
  Arguments command{plain("command", "stop")};
  if (ssh_reachable) command = {plain("command", "stopssh"), plain("ssh_user", server.ssh_user)};
  Arguments host{plain("host", server.hostname), plain("ip", server.ip),
                 plain("port", std::to_string(server.port))};
  if (!server.pid_file.empty()) host.push_back(plain("pid_file", server.pid_file));
  return joined({command, host, ssh_shutdown(server)});
}

Arguments report(const Report& report) {
  Arguments arguments{plain("orig_master_host", report.orig_hostname)};
  if (!report.new_hostname.empty()) {
    arguments.push_back(plain("new_master_host", report.new_hostname));
    arguments.push_back(plain("new_slave_hosts", join(report.new_replicas, ",")));
  }
  arguments.push_back(plain("conf", report.conf));
  arguments.push_back(plain("subject", report.subject));
  arguments.push_back(plain("body", report.body));
  return arguments;
}

Arguments secondary_check(const HookServer& primary, const std::string& ping_type) {
  // The only hook that gets user and password as they are (reference 3.6).
  Argument secret = plain("master_password", primary.password.reveal());
  secret.secret = true;
  secret.way = primary.password_way;
  Arguments arguments{plain("user", primary.ssh_user),    plain("master_host", primary.hostname),
                      plain("master_ip", primary.ip),     plain("master_port", std::to_string(primary.port)),
                      plain("master_user", primary.user), secret,
                      plain("ping_type", ping_type)};
  if (!primary.ssh_options.empty()) arguments.push_back(plain("options", primary.ssh_options));
  return arguments;
}

AddressVerdict address_verdict(const sys::ExitStatus& status) {
  if (status.ok()) return AddressVerdict::done;
  return status.signal == 0 && status.code == 10 ? AddressVerdict::failed_but_go_on : AddressVerdict::failed;
}

ShutdownVerdict shutdown_verdict(const sys::ExitStatus& status) {
  if (status.ok()) return ShutdownVerdict::powered_off;
  return status.signal == 0 && status.code == 10 ? ShutdownVerdict::server_stopped : ShutdownVerdict::failed;
}

SecondaryVerdict secondary_verdict(const sys::ExitStatus& status) {
  if (status.ok()) return SecondaryVerdict::primary_unreachable;
  if (status.signal == 0 && status.code == 2) return SecondaryVerdict::route_host_unreachable;
  if (status.signal == 0 && status.code == 3) return SecondaryVerdict::primary_reachable;
  return SecondaryVerdict::unknown;
}

}  // namespace tanist::hooks

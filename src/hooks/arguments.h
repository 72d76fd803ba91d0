// What each hook is called with, in which order, and what its exit code means: the contract with users'
// scripts, reference mha-manager.md 3.2-3.6. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "hooks/runner.h"

namespace tanist::hooks {

// A server as hooks hear of it.
struct HookServer {
  std::string hostname;
  std::string ip;
  uint16_t port = 3306;
  std::string ssh_user;
  std::string ssh_host;
  std::string ssh_ip;
  uint16_t ssh_port = 22;
  std::string user;
  Secret password;
  PasswordWay password_way = PasswordWay::argv;
  std::string pid_file;  // master_pid_file; empty: not configured
  std::string
      ssh_options;  // the whole option set in force for the host; empty: ssh_options is not used anywhere
};

struct Report {
  std::string orig_hostname;
  std::string new_hostname;               // empty: no new primary was activated
  std::vector<std::string> new_replicas;  // hostnames that replicate from it
  std::string conf;
  std::string subject;
  std::string body;
};

using Arguments = std::vector<Argument>;

// master_ip_failover_script
Arguments ip_failover_status(const HookServer& orig);
Arguments ip_failover_stop(const HookServer& orig, bool ssh_reachable);
Arguments ip_failover_start(const HookServer& orig, const HookServer& next);

// master_ip_online_change_script
enum class OnlineChange { stop, start };
Arguments online_change(OnlineChange phase, const HookServer& orig, const HookServer& next,
                        bool orig_becomes_replica);

// shutdown_script
Arguments shutdown_status(const HookServer& server);
Arguments shutdown_stop(const HookServer& server, bool ssh_reachable);

Arguments report(const Report& report);

// secondary_check_script; `ping_type` as MHA writes it: SELECT, CONNECT, INSERT.
Arguments secondary_check(const HookServer& primary, const std::string& ping_type);

// What the exit codes say. A hook that was killed, by a signal or by us, never says yes.
enum class AddressVerdict { done, failed_but_go_on, failed };        // both master_ip_*_script
enum class ShutdownVerdict { powered_off, server_stopped, failed };  // after powered_off no ssh
enum class SecondaryVerdict { primary_unreachable, route_host_unreachable, primary_reachable, unknown };
AddressVerdict address_verdict(const sys::ExitStatus& status);
ShutdownVerdict shutdown_verdict(const sys::ExitStatus& status);
SecondaryVerdict secondary_verdict(const sys::ExitStatus& status);

}  // namespace tanist::hooks

// Who would start a dead database server again, within seconds and without asking: a systemd unit with Restart=, or
// mysqld_safe. A fence that leaves them alone proves nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nodetools/sockets.h"

namespace tanist::nodetools {

// Runs a command to its end and gives its standard output; fails when it cannot be run or ends badly.
using RunCommand = std::function<Result<std::string>(std::vector<std::string> argv)>;

// This host's, with a limit of a few seconds for each command.
RunCommand run_on_this_host();

// systemd, where it runs; elsewhere there are no units and nothing to stop.
class Systemd {
 public:
  // `running`: /run/systemd/system exists (sd_booted(3)).
  Systemd(RunCommand run, bool running) : run_(std::move(run)), running_(running) {}
  static Systemd of_this_host();

  // The unit whose main process is one of these; empty: none. A server that was started by hand below another
  // service must not take that service with it.
  std::string unit_led_by(const Process& process, const std::optional<Process>& parent) const;
  // Units of database servers that are being started now, or wait for it (auto-restart).
  Result<std::vector<std::string>> units_being_started() const;
  // From here on the unit stays down: systemd does not restart what it was told to stop (systemd.service(5),
  // Restart=). Does not wait for the end.
  Status stop(const std::string& unit) const;

 private:
  RunCommand run_;
  bool running_;
};

bool is_database(const Process& process);   // mysqld, mariadbd
bool is_safe_script(const Process& process);  // mysqld_safe, mariadbd-safe

// Database servers of our network without a listening TCP socket that were started less than an hour ago, and safe scripts whose
// server is gone: what a dead server looks like between its end and its next greeting. Old ones without a socket are
// servers with skip_networking.
std::vector<Process> about_to_serve(const ProcFs& proc);

}  // namespace tanist::nodetools

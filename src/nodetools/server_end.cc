#include "nodetools/server_end.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace tanist::nodetools {

constexpr int kLookAgainMs = 10;

void pause_briefly() { poll(nullptr, 0, kLookAgainMs); }
bool over(SteadyTime deadline) { return std::chrono::steady_clock::now() >= deadline; }

std::string named(const Process& process) {
  return "process " + std::to_string(process.pid) + " (" + process.comm + ")";
}

std::set<uint64_t> inodes_of(const std::vector<Socket>& sockets, const FenceOrder& order, bool listening) {
  std::set<uint64_t> inodes;
  for (const Socket& socket : sockets) {
    if (socket.listening == listening && socket.inode != 0 && serves(socket, order.port, order.address)) {
      inodes.insert(socket.inode);
    }
  }
  return inodes;
}

bool alive(const ProcFs& proc, const Process& known) {
  std::optional<Process> now = proc.process(known.pid);
  return now && now->started == known.started && now->state != 'Z' && now->state != 'X';
}

// Between finding a process and killing it the pid can come to mean another one. A pidfd, taken first and
// checked against the sockets afterwards, cannot; kernels before 5.3 lack it, and there the check just before
// has to do.
class Target {
 public:
  explicit Target(int pid) : pid_(pid), fd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}
  ~Target() {
    if (fd_ >= 0) close(fd_);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  bool kill_now() const {
    if (fd_ >= 0) return syscall(SYS_pidfd_send_signal, fd_, SIGKILL, nullptr, 0) == 0 || errno == ESRCH;
    return ::kill(pid_, SIGKILL) == 0 || errno == ESRCH;
  }

 private:
  int pid_;
  int fd_;
};

namespace {

// The process as it was when we killed it, or nothing.
const Process* killed_as(const FenceReport& report, int pid) {
  for (const Process& killed : report.killed) {
    if (killed.pid == pid) return &killed;
  }
  return nullptr;
}

}  // namespace

std::string ServerEnd::stop_unit(const std::string& unit) {
  auto& stopped = report_.stopped_units;
  if (std::find(stopped.begin(), stopped.end(), unit) != stopped.end()) return {};
  const Status done = systemd_.stop(unit);
  if (!done) return "systemd may start the server again: " + done.error().what;
  stopped.push_back(unit);
  return {};
}

std::string ServerEnd::kill_process(const Process& process, const Target& target) {
  if (!target.kill_now()) return "no right to kill " + named(process);
  report_.killed.push_back(process);
  return {};
}

// Those who would start it again first, or they are faster than we are.
std::string ServerEnd::kill_with_supervisors(const Process& process, const Target& target) {
  const Target parent_target(process.parent);
  const std::optional<Process> parent = proc_.process(process.parent);
  std::string reason;
  if (std::string unit = systemd_.unit_led_by(process, parent); !unit.empty()) reason = stop_unit(unit);
  if (parent && is_safe_script(*parent) && !killed_as(report_, parent->pid)) {
    const std::string refused = kill_process(*parent, parent_target);
    if (reason.empty()) reason = refused;
  }
  const std::string refused = kill_process(process, target);
  return reason.empty() ? refused : reason;
}

std::string ServerEnd::kill_holder(int pid, const std::set<uint64_t>& inodes) {
  const Target target(pid);
  const std::optional<Process> process = proc_.process(pid);
  const std::vector<int> holders = proc_.holders(inodes);
  if (!process || std::find(holders.begin(), holders.end(), pid) == holders.end())
    return {};  // gone by itself
  if (pid == 1 || pid == getpid()) {
    return named(*process) + " holds the listening socket itself (socket activation?): stop that unit first";
  }
  return kill_with_supervisors(*process, target);
}

// Until nobody listens. A listener that comes back (a supervisor restarts it) is killed again while time
// lasts.
std::string ServerEnd::end_listeners() {
  const std::string port = "port " + std::to_string(order_.port);
  while (true) {
    Result<std::vector<Socket>> sockets = proc_.sockets();
    if (!sockets) return sockets.error().what;
    const std::set<uint64_t> listening = inodes_of(*sockets, order_, true);
    if (listening.empty()) return {};
    const std::vector<int> holders = proc_.holders(listening);
    if (holders.empty() && geteuid() != 0) {
      return "somebody listens on " + port + ", and only root can see who: ssh_user must be root, or sudo must be "
             "part of shutdown_script";
    }
    for (int pid : holders) {
      const Process* killed = killed_as(report_, pid);
      if (killed && alive(proc_, *killed)) continue;  // on its way out
      if (std::string reason = kill_holder(pid, listening); !reason.empty()) return reason;
    }
    if (over(deadline_)) {
      if (holders.empty()) return "somebody listens on " + port + ", but who it is cannot be seen";
      return named(proc_.process(holders.front()).value_or(Process{.pid = holders.front()})) +
             " still listens on " + port;
    }
    pause_briefly();
  }
}

std::string ServerEnd::kill_about_to_serve(const Process& process) {
  const Target target(process.pid);
  const std::optional<Process> now = proc_.process(process.pid);
  if (!now || now->started != process.started) return {};
  return kill_with_supervisors(*now, target);
}

// Nobody listened: the server crashed, or was killed by somebody else. What starts it again is still there then, and
// does not say which port it will serve; so only a single one can be meant.
std::string ServerEnd::end_restart() {
  while (true) {
    const Result<std::vector<std::string>> units = systemd_.units_being_started();
    if (!units) return "which units systemd is about to start cannot be seen: " + units.error().what;
    std::vector<std::string> what;
    for (const std::string& unit : *units) what.push_back(unit);
    std::vector<Process> starting;
    for (Process& process : about_to_serve(proc_)) {
      if (killed_as(report_, process.pid)) continue;  // on its way out
      const bool counted = std::find(units->begin(), units->end(), process.unit) != units->end();
      if (!counted) what.push_back(named(process));
      starting.push_back(std::move(process));
    }
    if (what.empty()) return {};
    if (what.size() > 1) {
      return "which of them is the server of port " + std::to_string(order_.port) + " cannot be told, and it may serve "
             "again soon: " + join(what, ", ");
    }
    for (const std::string& unit : *units) {
      if (std::string reason = stop_unit(unit); !reason.empty()) return reason;
    }
    for (const Process& process : starting) {
      if (std::string reason = kill_about_to_serve(process); !reason.empty()) return reason;
    }
    if (over(deadline_)) return what.front() + " does not end";
    pause_briefly();
  }
}

}  // namespace tanist::nodetools

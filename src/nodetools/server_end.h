// The ending part of a fence: who holds the port, who would start it again, and SIGKILL for them. What is left of a
// proof is fence.cc's.
#pragma once

#include "nodetools/fence.h"

namespace tanist::nodetools {

using SteadyTime = std::chrono::steady_clock::time_point;

void pause_briefly();
bool over(SteadyTime deadline);
std::string named(const Process& process);
bool alive(const ProcFs& proc, const Process& known);
std::set<uint64_t> inodes_of(const std::vector<Socket>& sockets, const FenceOrder& order, bool listening);

class Target;

// One fence while it runs. Every function gives the reason why there is no proof, or nothing.
class ServerEnd {
 public:
  ServerEnd(const FenceOrder& order, const ProcFs& proc, const Systemd& systemd, SteadyTime deadline, FenceReport& report)
      : order_(order), proc_(proc), systemd_(systemd), deadline_(deadline), report_(report) {}

  std::string end_listeners();
  std::string end_restart();

 private:
  std::string stop_unit(const std::string& unit);
  std::string kill_process(const Process& process, const Target& target);
  std::string kill_with_supervisors(const Process& process, const Target& target);
  std::string kill_holder(int pid, const std::set<uint64_t>& inodes);
  std::string kill_about_to_serve(const Process& process);

  const FenceOrder& order_;
  const ProcFs& proc_;
  const Systemd& systemd_;
  SteadyTime deadline_;
  FenceReport& report_;
};

}  // namespace tanist::nodetools

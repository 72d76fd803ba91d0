// Ends whoever serves a TCP port of this host and proves it: the one fence that needs nobody's help. SIGKILL
// reaches a stopped or hanging server too. Killed are those that hold the listening socket and the mysqld_safe that
// would start them again; their systemd unit is told to stop. When nobody listens, the one server of this host that
// is about to (it crashed and is being started again) is ended likewise. Everything else that speaks against a proof
// (several such servers, connections of that port still open, a living process of the pid file) is reported instead.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "nodetools/sockets.h"
#include "nodetools/supervisors.h"

namespace tanist::nodetools {

struct FenceOrder {
  uint16_t port = 0;
  std::string address{};   // the server's own, where several servers share the port; empty: any
  std::string pid_file{};  // may be empty
  std::chrono::milliseconds timeout{10000};
};

struct FenceReport {
  std::vector<Process> killed;
  std::vector<std::string> stopped_units;  // they stay down until somebody starts them
  bool port_free = false;
  std::string reason;  // why it is not proven; empty if it is

  bool proven() const { return reason.empty(); }
};

FenceReport fence(const FenceOrder& order, const ProcFs& proc, const Systemd& systemd);
std::string json_line(const FenceReport& report);

inline constexpr int kFenceProven = 0;
inline constexpr int kFenceUsage = 1;
inline constexpr int kFenceNotProven = 3;
int run_fence(std::span<const std::string> args);

}  // namespace tanist::nodetools

#include "nodetools/fence.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include "base/options.h"
#include "base/text.h"
#include "nodetools/server_end.h"

namespace tanist::nodetools {
namespace {

// A server that shuts down closes its listening socket first and may go on writing for the clients it still
// has.
std::string wait_for_quiet(const FenceOrder& order, const ProcFs& proc, SteadyTime deadline,
                           const FenceReport& report) {
  while (true) {
    Result<std::vector<Socket>> sockets = proc.sockets();
    if (!sockets) return sockets.error().what;
    const std::set<uint64_t> connected = inodes_of(*sockets, order, false);
    const auto living = std::find_if(report.killed.begin(), report.killed.end(),
                                     [&](const Process& process) { return alive(proc, process); });
    if (connected.empty() && living == report.killed.end()) return {};
    if (over(deadline)) {
      if (living != report.killed.end()) return named(*living) + " was killed and does not end";
      const std::vector<int> holders = proc.holders(connected);
      return "connections of port " + std::to_string(order.port) + " are still open" +
             (holders.empty() ? std::string() : " in process " + std::to_string(holders.front()));
    }
    pause_briefly();
  }
}

// A stale file may name a process that has nothing to do with databases; that says nothing.
std::string check_pid_file(const FenceOrder& order, const ProcFs& proc, SteadyTime deadline) {
  if (order.pid_file.empty()) return {};
  std::string word;
  std::ifstream(order.pid_file) >> word;
  const std::optional<uint64_t> pid = parse_uint(word);
  if (!pid) return {};
  const std::optional<Process> process = proc.process(static_cast<int>(*pid));
  if (!process || !is_database(*process)) return {};
  while (alive(proc, *process)) {
    if (over(deadline)) {
      return named(*process) + " of " + order.pid_file + " lives but does not listen on port " +
             std::to_string(order.port) + "; it is left alone";
    }
    pause_briefly();
  }
  return {};
}

bool can_bind(int family, const FenceOrder& order) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno == EAFNOSUPPORT;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  int bound = 0;
  if (family == AF_INET) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(order.port);
    if (!order.address.empty()) inet_pton(AF_INET, order.address.c_str(), &to.sin_addr);
    bound = bind(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  } else {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(order.port);
    if (!order.address.empty()) inet_pton(AF_INET6, order.address.c_str(), &to.sin6_addr);
    bound = bind(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  const bool free = bound == 0 || errno != EADDRINUSE;
  close(fd);
  return free;
}

bool port_is_free(const FenceOrder& order) {
  const bool v6 = order.address.find(':') != std::string::npos;
  if (!order.address.empty()) return can_bind(v6 ? AF_INET6 : AF_INET, order);
  return can_bind(AF_INET, order) && can_bind(AF_INET6, order);
}

}  // namespace

FenceReport fence(const FenceOrder& order, const ProcFs& proc, const Systemd& systemd) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + order.timeout;
  FenceReport report;
  ServerEnd server(order, proc, systemd, deadline, report);
  report.reason = server.end_listeners();
  if (report.proven() && report.killed.empty()) {
    report.reason = server.end_restart();
    if (report.proven()) report.reason = server.end_listeners();  // it was faster
  }
  if (report.proven()) report.reason = wait_for_quiet(order, proc, deadline, report);
  if (report.proven()) report.reason = check_pid_file(order, proc, deadline);
  while (!(report.port_free = port_is_free(order)) && report.proven() && !over(deadline)) pause_briefly();
  if (!report.port_free && report.proven())
    report.reason = "port " + std::to_string(order.port) + " cannot be bound";
  return report;
}

std::string json_line(const FenceReport& report) {
  boost::json::array killed;
  for (const Process& process : report.killed) {
    boost::json::object one{{"pid", process.pid}, {"comm", process.comm}, {"parent", process.parent}};
    if (!process.unit.empty()) one["unit"] = process.unit;
    killed.push_back(std::move(one));
  }
  boost::json::object line{{"killed", std::move(killed)}, {"port_free", report.port_free}};
  if (!report.stopped_units.empty()) line["stopped_units"] = boost::json::value_from(report.stopped_units);
  if (!report.proven()) line["reason"] = report.reason;
  return boost::json::serialize(line) + "\n";
}

namespace {

constexpr OptionRow kFenceRows[] = {
    {"port", OptionKind::integer, "", "PORT", "the TCP port of the server to end"},
    {"address", OptionKind::text, "", "IP", "only a server that listens on this address or on all; ignored where this host does not have it"},
    {"pid_file|pid-file", OptionKind::text, "", "FILE",
     "the server's pid file: its process must be gone too"},
    {"timeout", OptionKind::integer, "10", "SECONDS", "how long to wait for the proof"},
};
constexpr CommandTable kFence{.name = "tanist-node fence",
                              .usage = "--port=PORT [--address=IP] [--pid-file=FILE]",
                              .summary =
                                  "Kills (SIGKILL) the processes of this host that listen on a TCP port and "
                                  "prints as JSON whom, and whether the "
                                  "port is free. Exit status: 0 proven, 3 not proven, with the reason.",
                              .rows = kFenceRows,
                              .unknown_options = Unknown::error,
                              .extra_words = Unknown::error};

}  // namespace

int run_fence(std::span<const std::string> args) {
  const CommandLine line = read_command_line(kFence, args);
  fputs(line.out.c_str(), stdout);
  fputs(line.err.c_str(), stderr);
  if (line.exit_code) return *line.exit_code;
  const std::optional<int64_t> port = line.options.maybe_number("port");
  if (!port || *port < 1 || *port > 65535) {
    fputs("tanist-node fence: --port must be a number from 1 to 65535\n", stderr);
    return kFenceUsage;
  }
  FenceOrder order;
  order.port = static_cast<uint16_t>(*port);
  // A name that moves (a virtual address) may be gone from here already; then it tells nothing.
  if (is_our_address(line.options.text("address"))) order.address = line.options.text("address");
  order.pid_file = line.options.text("pid_file");
  order.timeout = std::chrono::seconds(std::clamp<int64_t>(line.options.number("timeout"), 0, 3600));
  const FenceReport report = fence(order, ProcFs(), Systemd::of_this_host());
  fputs(json_line(report).c_str(), stdout);
  return report.proven() ? kFenceProven : kFenceNotProven;
}

}  // namespace tanist::nodetools

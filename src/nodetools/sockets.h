// Which processes hold a TCP port of this host, from the kernel's own tables. /proc/net shows the network
// namespace of the reader only, so a server in another namespace is never taken for ours.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tanist::nodetools {

struct Socket {
  std::string address;  // local, numeric; "0.0.0.0" and "::" are every address
  uint16_t port = 0;
  bool listening = false;
  uint64_t inode = 0;  // 0: no process holds it any more (TIME_WAIT and the like)
};

// One of /proc/net/tcp and /proc/net/tcp6; lines that make no sense are passed over.
std::vector<Socket> parse_socket_table(std::string_view text);

// Whether a server at `address` is reached through this socket; an empty address means any.
bool serves(const Socket& socket, uint16_t port, std::string_view address);

// Whether this host has the address now.
bool is_our_address(std::string_view address);

struct Process {
  int pid = 0;
  std::string comm{};
  int parent = 0;
  char state = '?';
  uint64_t started = 0;  // tells a process from a later one with the same pid
  std::string unit{};    // the systemd unit it runs in, if any
};

// The kernel's tables under one root, "/proc" but for tests.
class ProcFs {
 public:
  explicit ProcFs(std::string root = "/proc") : root_(std::move(root)) {}

  Result<std::vector<Socket>> sockets() const;
  std::optional<Process> process(int pid) const;
  std::vector<Process> processes() const;  // of this host's process namespace, by pid
  uint64_t age_seconds(const Process& process) const;
  // Whether it lives in our network: one in a container, or in another namespace, serves other ports.
  bool shares_our_network(int pid) const;
  // Pids of the processes that hold one of the sockets open, ascending. Without root's rights others' are not
  // seen.
  std::vector<int> holders(const std::set<uint64_t>& inodes) const;

 private:
  std::string root_;
};

}  // namespace tanist::nodetools

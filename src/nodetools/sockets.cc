#include "nodetools/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/text.h"

namespace tanist::nodetools {
namespace {

constexpr std::string_view kListen = "0A";

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The names in a directory that are whole numbers: pids, file descriptors.
std::vector<int> numbers_in(const std::string& directory) {
  std::vector<int> numbers;
  std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(directory.c_str()), closedir);
  while (const dirent* entry = listing ? readdir(listing.get()) : nullptr) {
    if (std::optional<uint64_t> number = parse_uint(entry->d_name))
      numbers.push_back(static_cast<int>(*number));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// The kernel prints an address as 32-bit words in host order.
std::string address_text(std::string_view hex) {
  uint32_t words[4] = {};
  const size_t count = hex.size() / 8;
  if (count != 1 && count != 4) return {};
  for (size_t i = 0; i < count; ++i) {
    words[i] = static_cast<uint32_t>(std::strtoul(std::string(hex.substr(i * 8, 8)).c_str(), nullptr, 16));
  }
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(count == 1 ? AF_INET : AF_INET6, words, text, sizeof text);
  return text;
}

std::string_view without_v4_mapping(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  return address.starts_with(kMapped) ? address.substr(kMapped.size()) : address;
}

// "0::/system.slice/mariadb.service" (or the same behind a v1 controller): the last part that is a unit.
std::string unit_of(const std::string& cgroup) {
  for (const std::string& line : split(cgroup, '\n')) {
    const std::string path = line.substr(line.rfind(':') + 1);
    for (const std::string& part : split(path, '/')) {
      if (part.ends_with(".service")) return part;
    }
  }
  return {};
}

}  // namespace

std::vector<Socket> parse_socket_table(std::string_view text) {
  std::vector<Socket> sockets;
  for (const std::string& line : split(text, '\n')) {
    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout;
    uint64_t inode = 0;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    const size_t colon = local.find(':');
    if (!fields || colon == std::string::npos) continue;
    Socket socket;
    socket.address = address_text(std::string_view(local).substr(0, colon));
    socket.port = static_cast<uint16_t>(std::strtoul(local.c_str() + colon + 1, nullptr, 16));
    socket.listening = state == kListen;
    socket.inode = inode;
    if (!socket.address.empty()) sockets.push_back(std::move(socket));
  }
  return sockets;
}

bool serves(const Socket& socket, uint16_t port, std::string_view address) {
  if (socket.port != port) return false;
  const bool any = socket.address == "0.0.0.0" || socket.address == "::";
  return address.empty() || any || without_v4_mapping(socket.address) == without_v4_mapping(address);
}

bool is_our_address(std::string_view address) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return false;
  bool found = false;
  for (const ifaddrs* one = list; one && !found; one = one->ifa_next) {
    char text[INET6_ADDRSTRLEN] = {};
    if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET) {
      inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    } else if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET6) {
      inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr, text, sizeof text);
    }
    found = *text && address == text;
  }
  freeifaddrs(list);
  return found;
}

Result<std::vector<Socket>> ProcFs::sockets() const {
  const std::string v4 = read_text(root_ + "/net/tcp");
  if (v4.empty()) return fail(Errc::io, "cannot read " + root_ + "/net/tcp");
  std::vector<Socket> all = parse_socket_table(v4);
  for (Socket& socket : parse_socket_table(read_text(root_ + "/net/tcp6"))) all.push_back(std::move(socket));
  return all;
}

std::optional<Process> ProcFs::process(int pid) const {
  const std::string folder = root_ + "/" + std::to_string(pid);
  const std::string stat = read_text(folder + "/stat");
  // The name stands in parentheses and may hold anything, also parentheses.
  const size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  Process process;
  process.pid = pid;
  process.comm = stat.substr(open + 1, close - open - 1);
  std::istringstream fields(stat.substr(close + 1));
  fields >> process.state >> process.parent;
  std::string skipped;
  for (int field = 5; field < 22; ++field) fields >> skipped;
  fields >> process.started;
  process.unit = unit_of(read_text(folder + "/cgroup"));
  return process;
}

std::vector<Process> ProcFs::processes() const {
  std::vector<Process> all;
  for (int pid : numbers_in(root_)) {
    if (std::optional<Process> found = process(pid)) all.push_back(std::move(*found));
  }
  return all;
}

// "started" counts ticks since the boot, as the first word of uptime counts seconds.
uint64_t ProcFs::age_seconds(const Process& process) const {
  double up = 0;
  std::istringstream(read_text(root_ + "/uptime")) >> up;
  const double born = static_cast<double>(process.started) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return up > born ? static_cast<uint64_t>(up - born) : 0;
}

bool ProcFs::shares_our_network(int pid) const {
  struct stat ours {}, its {};
  return stat((root_ + "/self/ns/net").c_str(), &ours) == 0 &&
         stat((root_ + "/" + std::to_string(pid) + "/ns/net").c_str(), &its) == 0 && ours.st_ino == its.st_ino;
}

std::vector<int> ProcFs::holders(const std::set<uint64_t>& inodes) const {
  std::vector<int> pids;
  for (int pid : numbers_in(root_)) {
    const std::string folder = root_ + "/" + std::to_string(pid) + "/fd";
    for (int fd : numbers_in(folder)) {
      char target[64];
      const ssize_t size = readlink((folder + "/" + std::to_string(fd)).c_str(), target, sizeof target - 1);
      if (size <= 0) continue;
      std::string_view link(target, static_cast<size_t>(size));
      if (!link.starts_with("socket:[") || !link.ends_with("]")) continue;
      std::optional<uint64_t> inode = parse_uint(link.substr(8, link.size() - 9));
      if (inode && inodes.contains(*inode)) {
        pids.push_back(pid);
        break;
      }
    }
  }
  return pids;
}

}  // namespace tanist::nodetools

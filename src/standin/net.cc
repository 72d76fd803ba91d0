#include "standin/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>

namespace tanist::standin {
namespace {

constexpr int kBacklog = 64;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<Address> to_sockaddr(const Endpoint& at) {
  Address address;
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
      inet_pton(AF_INET, at.address.c_str(), &v4->sin_addr)) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(at.port);
    address.size = sizeof *v4;
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (!inet_pton(AF_INET6, at.address.c_str(), &v6->sin6_addr)) {
    return fail(Errc::invalid, "'" + at.address + "' is not a numeric IP address");
  }
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(at.port);
  address.size = sizeof *v6;
  return address;
}

Endpoint from_sockaddr(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address.storage);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  std::string_view plain = text;
  constexpr std::string_view kMapped = "::ffff:";
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && plain.starts_with(kMapped)) plain.remove_prefix(kMapped.size());
  return {std::string(plain), ntohs(v6.sin6_port)};
}

tl::unexpected<Error> system_failure(const std::string& doing) {
  return fail(Errc::io, doing + ": " + std::strerror(errno), errno);
}

void turn_on(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

Result<sys::UniqueFd> listen_on(const Endpoint& at) {
  const std::string doing = "listen on " + at.address + " port " + std::to_string(at.port);
  Result<Address> address = to_sockaddr(at);
  if (!address) return fail(address.error().during(doing));
  sys::UniqueFd fd(socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_failure(doing);
  turn_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (bind(fd.get(), address->raw(), address->size) != 0 || listen(fd.get(), kBacklog) != 0)
    return system_failure(doing);
  return fd;
}

Result<Endpoint> local_endpoint(const sys::UniqueFd& socket) {
  Address address;
  if (getsockname(socket.get(), address.raw(), &address.size) != 0) return system_failure("own address");
  return from_sockaddr(address);
}

Result<Accepted> accept_from(const sys::UniqueFd& listening) {
  Address address;
  sys::UniqueFd fd(accept4(listening.get(), address.raw(), &address.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return system_failure("accept");
  turn_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  turn_on(fd.get(), SOL_SOCKET, SO_KEEPALIVE);
  return Accepted{std::move(fd), from_sockaddr(address)};
}

TimePoint monotonic_now() { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); }

uint64_t unix_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

int poll_timeout_ms(TimePoint now, TimePoint until) {
  if (until <= now) return 0;
  if (until == TimePoint::max()) return -1;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::min<int64_t>(ms, std::numeric_limits<int>::max()));
}

}  // namespace tanist::standin

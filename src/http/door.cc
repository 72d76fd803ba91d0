#include "http/door.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "sys/os_error.h"

namespace tanist::http {

namespace {

constexpr int kBacklog = 128;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress binary(const TcpAddress& address) {
  SocketAddress all;
  if (address.host.find(':') != std::string::npos) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(all.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    all.length = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(all.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
    all.length = sizeof v4;
  }
  return all;
}

Result<SocketAddress> binary(const std::string& path) {
  SocketAddress all;
  auto& local = reinterpret_cast<sockaddr_un&>(all.storage);
  if (path.size() >= sizeof local.sun_path)
    return fail(Errc::invalid, fmt::format("{}: a socket's path has at most {} characters", path, sizeof local.sun_path - 1));
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.c_str(), path.size() + 1);
  all.length = sizeof local;
  return all;
}

Result<sys::UniqueFd> bound(const SocketAddress& address, const std::string& name) {
  const int family = address.storage.ss_family;
  sys::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return sys::os_failure("listen on", name, errno);
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  // Before the name exists, so that nobody finds it with another mode.
  if (family == AF_UNIX && ::fchmod(fd.get(), 0600) != 0) return sys::os_failure("protect", name, errno);
  if (::bind(fd.get(), address.get(), address.length) != 0 || ::listen(fd.get(), kBacklog) != 0)
    return sys::os_failure("listen on", name, errno);
  return fd;
}

}  // namespace

bool TcpAddress::is_loopback() const {
  const SocketAddress all = binary(*this);
  if (all.storage.ss_family == AF_INET)
    return (ntohl(reinterpret_cast<const sockaddr_in&>(all.storage).sin_addr.s_addr) >> 24) == 127;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(all.storage).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

Result<TcpAddress> parse_tcp_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == text.npos ? std::nullopt : parse_uint(std::string_view(text).substr(colon + 1));
  std::string host = text.substr(0, colon == text.npos ? 0 : colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  in6_addr ignored{};
  const bool numeric = ::inet_pton(bracketed ? AF_INET6 : AF_INET, host.c_str(), &ignored) == 1;
  if (!port || *port > 65535 || !numeric)
    return fail(Errc::invalid, text + ": not a numeric address and port such as 127.0.0.1:8080 or [::1]:8080");
  return TcpAddress{host, static_cast<uint16_t>(*port)};
}

Result<sys::UniqueFd> listen_on(const TcpAddress& address) {
  return bound(binary(address), address.host + ":" + std::to_string(address.port));
}

Result<sys::UniqueFd> listen_on_path(const std::string& path) {
  auto address = binary(path);
  if (!address) return fail(address.error());
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return fail(Errc::conflict, path + ": is there and no socket");
    if (::unlink(path.c_str()) != 0) return sys::os_failure("replace", path, errno);
  }
  return bound(*address, path);
}

Result<sys::UniqueFd> connect_to_path(const std::string& path) {
  auto address = binary(path);
  if (!address) return fail(address.error());
  sys::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return sys::os_failure("connect to", path, errno);
  if (::connect(fd.get(), address->get(), address->length) == 0) return fd;
  const int number = errno;
  auto error = sys::os_error("connect to", path, number);
  if (number == ENOENT || number == ECONNREFUSED) error.code = Errc::not_found;  // nobody listens
  return fail(std::move(error));
}

uint16_t port_of(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length);
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(storage).sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in&>(storage).sin_port);
}

}  // namespace tanist::http

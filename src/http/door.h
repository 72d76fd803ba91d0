// A listening socket: one of the operating system's doors to a server.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/unique_fd.h"

namespace tanist::http {

// "127.0.0.1:8080", "[::1]:8080"; numeric addresses only.
struct TcpAddress {
  std::string host;
  uint16_t port = 0;
  bool is_loopback() const;
};
Result<TcpAddress> parse_tcp_address(const std::string& text);

Result<sys::UniqueFd> listen_on(const TcpAddress& address);
// Mode 0600. What an earlier process left there is replaced, anything but a socket is not.
Result<sys::UniqueFd> listen_on_path(const std::string& path);
Result<sys::UniqueFd> connect_to_path(const std::string& path);

uint16_t port_of(int socket);  // for port 0

}  // namespace tanist::http

// The sockets at the rim: numeric addresses only, because a static binary has no name service.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "sys/unique_fd.h"

namespace tanist::standin {

struct Endpoint {
  std::string address;  // IPv4 mapped into IPv6 comes as IPv4
  uint16_t port = 0;
};

// Listens also where connections of the dead server linger in TIME_WAIT.
Result<sys::UniqueFd> listen_on(const Endpoint& at);
Result<Endpoint> local_endpoint(const sys::UniqueFd& socket);

struct Accepted {
  sys::UniqueFd socket;  // non-blocking, keepalive on
  Endpoint peer;
};
Result<Accepted> accept_from(const sys::UniqueFd& listening);

TimePoint monotonic_now();
uint64_t unix_time();
// For poll(): until then, rounded up; -1 for the far future.
int poll_timeout_ms(TimePoint now, TimePoint until);

}  // namespace tanist::standin

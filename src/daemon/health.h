// What a load balancer asks: may clients be sent to this server? Pure.
#pragma once

#include <optional>
#include <string>

#include "daemon/keeper.h"

namespace tanist::daemon {

struct Health {
  bool good = false;
  std::string why;  // in either case
};

// For writes: at most one server of a cluster is good at any time, and none while the primary is being replaced.
Health health_as_primary(const KeeperView& view, const std::string& host, std::optional<uint16_t> port, TimePoint now);
// For reads. While the primary is dead or being replaced a replica stays as good as it was.
Health health_as_replica(const KeeperView& view, const std::string& host, std::optional<uint16_t> port,
                         std::optional<Duration> most_lag, TimePoint now);

}  // namespace tanist::daemon

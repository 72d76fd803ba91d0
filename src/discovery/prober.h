// Keeps one open connection per server of a cluster and looks at all of them at once: every answer, error and silence
// becomes an Observation with its time. Decides nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "config/cluster.h"
#include "mysql/session.h"
#include "sys/clock.h"
#include "sys/task.h"
#include "topology/server_state.h"

namespace tanist::discovery {

class Prober {
 public:
  // The configuration must outlive the prober.
  Prober(sys::Clock& clock, mysql::Connector& connector, const config::ClusterConfig& cluster);

  // One observation per configured server, in configuration order, after at most `limit`. `not_asked`: taken as dead
  // without a question, because a silent server would cost every look its whole limit.
  sys::Task<std::vector<topology::Observation>> look(Duration limit, std::optional<ServerId> not_asked = std::nullopt);

  // Whether the account may replicate from that server, on the connection of the last look; nothing if that cannot be
  // told (discovery/probe.h).
  sys::Task<std::optional<bool>> may_replicate(ServerId server, std::string user, TimePoint deadline);

 private:
  sys::Task<topology::Observation> taken_as_dead(const config::ServerConfig* server);
  sys::Task<topology::Observation> look_at(const config::ServerConfig* server, TimePoint deadline);
  void resolve_source(topology::ReplicaStatus& status) const;

  sys::Clock& clock_;
  mysql::Connector& connector_;
  const config::ClusterConfig& cluster_;
  std::map<ServerId, std::unique_ptr<mysql::Session>> sessions_;
};

}  // namespace tanist::discovery

// What would be done if a server died now, from a fresh look at all: the plan that a failover would begin with. Changes
// nothing.
#pragma once

#include <optional>
#include <string>

#include "manager/cluster.h"
#include "plan/plan.h"

namespace tanist::manager {

struct Forecast {
  std::string about;            // a sentence; empty: the plan says it all
  topology::Snapshot snapshot;  // what the plan is made on
  plan::Decision decision;
};

struct Supposed {
  std::optional<std::string> dies;         // as a person names it; nothing: the primary
  std::optional<std::string> new_primary;  // the host that is to take over
  std::optional<topology::ServerState> last_seen = {};  // of a primary that does not answer any more
};

// Errc::not_found, Errc::invalid: nobody is named so. Errc::conflict: there is no primary.
sys::Task<Result<Forecast>> forecast(Cluster& cluster, Supposed supposed);

// What can be known of a server's host before its fence: whether it answers ssh, and where its log ends if it was seen alive.
sys::Task<plan::DeadHost> host_of(Cluster& cluster, ServerId server, std::optional<topology::ServerState> last_seen);

std::string text(const Forecast& forecast);
std::string json(const Forecast& forecast);  // the plan or the refusal ("refused" is its rule), with the text
bool is_refused(const Forecast& forecast);

}  // namespace tanist::manager

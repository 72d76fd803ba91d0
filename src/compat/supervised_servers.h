// The servers of a configuration file as a supervisor has to know them before it takes any out of the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compat/manager_log.h"
#include "compat/open_cluster.h"
#include "compat/supervise_rules.h"

namespace tanist::compat {

struct ServerQuestion {
  std::optional<LoggedFailover> failover;  // the last one of the manager's log
  std::vector<std::string> kept;           // hosts, addresses, sections
  std::chrono::seconds patience{};         // see silence.h
  bool may_remove = false;                 // a completed failover may take servers out of the file
  bool fresh = false;                      // and the report of it is news: the replaced one needs no further proof
};

// Reads the file again, then looks. Servers that do not answer are asked until it is clear whether they are dead, if that
// matters.
sys::Task<std::vector<SupervisedServer>> look_at_servers(OpenedCluster& opened, ServerQuestion question);

}  // namespace tanist::compat

// Replicas that the primary knows of and nobody has configured.
#pragma once

#include <string>
#include <vector>

#include "topology/snapshot.h"

namespace tanist::topology {

// A host where a binary log server runs: `mysqlbinlog` there is connected to the primary as a receiver is.
struct LogServerHost {
  std::string hostname, ip;
};

// While the primary answers; none otherwise. A server is known by the server_id it answers with, else by where it is.
//
// What cannot be told apart: a program that registers as a replica and is none (some that read binary logs for other
// purposes), until it is asked; a replica without report_host on the host of a binary log server, from that binary log
// server; and replicas without report_host from a configured one that does not answer us and is connected to the
// primary: nothing is said of them until it answers. `mysqlbinlog` does not register.
std::vector<Stranger> find_strangers(const Snapshot& look, const std::vector<LogServerHost>& log_servers);

}  // namespace tanist::topology

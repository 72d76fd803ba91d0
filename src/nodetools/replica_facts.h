// What purging must know of a replica, in one look.
#pragma once

#include <string>

#include "base/options.h"
#include "base/server_version.h"
#include "nodetools/mysql_client.h"

namespace tanist::nodetools {

struct ReplicaFacts {
  ServerVersion version;
  std::string host_name;
  std::string port;
  bool relay_log_purge = false;
  bool applier_runs = false;
  uint64_t started = 0;        // seconds since 1970
  std::string relay_logs;      // directory and prefix; empty where the server does not tell (before 5.6)
  std::string relay_log_info;  // the file, for those
};

// Errc::not_found if it is no replica, Errc::unsupported if it has several sources.
sys::Task<Result<ReplicaFacts>> read_replica_facts(const MysqlClient& client);

// The relay log that the applier is in; what is before it is applied.
sys::Task<Result<std::string>> applier_stands_in(MysqlConversation& session, ServerVersion version);

// The statement that makes the receiver begin a new relay log.
std::string flush_relay_logs(const ServerVersion& version);

}  // namespace tanist::nodetools

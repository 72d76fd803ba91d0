// What one server said of itself in one probe, and what was heard of it when it said nothing. Values only;
// filled by discovery, folded by snapshot.h. Names follow the newest manuals (source, replica, applier); the
// manual section of each fact is "SHOW REPLICA STATUS Statement" unless said otherwise.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/server_version.h"
#include "gtid/coordinates.h"

namespace tanist::topology {

using gtid::LogCoordinates;

// How a replica asks its source for events: by file and position, MySQL auto-position, MariaDB Using_Gtid.
enum class Positioning { file_position, auto_position, mariadb_current_pos, mariadb_slave_pos };

enum class ReceiverState { stopped, connecting, running };

struct ReplicationFilters {
  std::string do_db, ignore_db, do_table, ignore_table, wild_do_table, wild_ignore_table;
  bool operator==(const ReplicationFilters&) const = default;
};

// Where a server keeps its certificate and key: absolute, empty if it names none.
struct TlsFiles {
  std::string certificate;
  std::string key;
  bool operator==(const TlsFiles&) const = default;
};

// One row of replica status; a server has one for each source.
struct ReplicaStatus {
  std::string channel;      // its name; the one that statements without a name speak of is ""
  std::string source_host;  // as written in CHANGE REPLICATION SOURCE
  std::string source_ip;    // resolved by discovery; empty if it cannot be
  uint16_t source_port = 3306;
  std::string source_user;
  uint32_t source_server_id = 0;
  std::string source_uuid;  // MySQL only

  ReceiverState receiver = ReceiverState::stopped;
  bool applier_running = false;
  int receiver_errno = 0;
  std::string receiver_error;
  int applier_errno = 0;
  std::string applier_error;
  std::string applier_activity;  // Replica_SQL_Running_State

  LogCoordinates received;      // Source_Log_File, Read_Source_Log_Pos
  LogCoordinates executed;      // Relay_Source_Log_File, Exec_Source_Log_Pos
  LogCoordinates relay;         // Relay_Log_File, Relay_Log_Pos: the applier's place in its own relay logs
  std::string retrieved_gtids;  // MySQL: Retrieved_Gtid_Set
  std::string receiver_gtid;    // MariaDB: Gtid_IO_Pos
  std::optional<uint64_t> heartbeats;  // received from the source so far, where the server counts them
  Positioning positioning = Positioning::file_position;
  std::optional<uint64_t> seconds_behind;
  uint32_t delay_seconds = 0;  // SQL_Delay
  uint32_t connect_retry_seconds = 60;
  bool ssl = false;
  bool ssl_verify = false;
  std::optional<bool> get_public_key;  // MySQL 8+
  ReplicationFilters filters;

  bool fully_applied() const { return executed == received; }
};

// The receiver heard something between the two looks: a sign of life of its source.
bool moved_on(const ReplicaStatus& before, const ReplicaStatus& after);

// What a server does as a semi-synchronous source, and whether it acknowledges as a replica.
struct SemiSync {
  bool source_enabled = false;
  bool source_active = false;      // after a timeout it goes on without its replicas' word
  bool after_sync = false;         // nobody sees a transaction before it is acknowledged
  bool waits_without_replicas = true;  // as many as it wants or not, it waits for its timeout
  uint64_t timeout_ms = 0;
  uint64_t wait_for = 1;           // acknowledgements
  std::optional<uint64_t> clients;  // replicas that acknowledge, by the source's own count
  bool replica_enabled = false;
  bool operator==(const SemiSync&) const = default;
};
// A source with such a timeout waits for ever as far as a failover is concerned.
inline constexpr uint64_t kForEverMs = 24 * 3600 * 1000;

struct BinlogFilters {
  std::string do_db, ignore_db;
  bool operator==(const BinlogFilters&) const = default;
};

// A replica as its source knows it: what it said of itself when it connected.
struct RegisteredReplica {
  uint32_t server_id = 0;
  std::string host;  // its report_host; empty: it has none
  uint16_t port = 3306;
  bool operator==(const RegisteredReplica&) const = default;
};

struct ServerState {
  ServerVersion version;
  uint32_t server_id = 0;
  std::string server_uuid;  // MySQL ≥ 5.6
  bool read_only = false;
  bool super_read_only = false;  // false where the variable does not exist
  bool log_bin = false;
  bool log_replica_updates = false;
  LogCoordinates binlog_end;  // SHOW BINARY LOG STATUS; empty file if log_bin is off
  BinlogFilters binlog_filters;
  std::string gtid_mode;           // MySQL: ON, OFF, …; empty where it does not exist
  std::string executed_gtids;      // MySQL: gtid_executed
  std::string purged_gtids;        // MySQL: gtid_purged
  std::string mariadb_binlog_pos;  // MariaDB: gtid_binlog_pos
  std::string mariadb_slave_pos;   // MariaDB: gtid_slave_pos
  bool relay_log_purge = true;
  bool relay_log_recovery = false;
  std::string datadir;
  TlsFiles tls;
  std::string
      relay_log_basename;        // absolute; derived from relay_log and datadir where the variable is missing
  std::string log_bin_basename;  // absolute; empty if log_bin is off
  unsigned parallel_workers = 0;
  bool semi_sync_source = false;                // enabled and active as a source
  SemiSync semi_sync;
  uint64_t max_connections = 0;                 // 0: not known
  std::vector<ReplicaStatus> channels;          // empty: not a replica; more than one: multi-source
  std::vector<RegisteredReplica> registered;    // of one that may be the primary
  std::vector<std::string> receivers;           // whence connections of receivers come; only asked if `registered` has no host
  std::optional<bool> repl_user_may_replicate;  // for the privilege check: unknown if it could not be read

  // The one replication channel this project manages, or nothing (reference mha-manager.md 6.11: a
  // multi-source replica counts as "not a replica", and is reported; so is a channel with a name).
  const ReplicaStatus* replica() const {
    return channels.size() == 1 && channels.front().channel.empty() ? &channels.front() : nullptr;
  }
};

// Why a server said nothing useful. Mirrors mysql::Contact (topology may not include mysql); the order is
// from most alive to most silent.
enum class Silence { error_packet, lost, refused, no_greeting, timeout, no_route };
std::string_view to_string(Silence silence);

struct NoAnswer {
  Silence silence = Silence::timeout;
  int number = 0;
  std::string what;
};

// One look at one server.
struct Observation {
  ServerId server;
  TimePoint at;
  std::variant<NoAnswer, ServerState> seen = NoAnswer{};

  const ServerState* state() const { return std::get_if<ServerState>(&seen); }
  const NoAnswer* no_answer() const { return std::get_if<NoAnswer>(&seen); }
};

}  // namespace tanist::topology

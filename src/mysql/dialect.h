// The one table of dialects: every statement and column name that differs between servers, keyed by flavour and
// version. MySQL 8.0.22 renamed slave to replica, 8.0.23 master to source, 8.4 removed the old words; MariaDB keeps
// them and has its own GTID. No other file of this project contains the words of a status statement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/server_version.h"
#include "mysql/change_source.h"

namespace tanist::mysql {

class Dialect {
 public:
  explicit Dialect(ServerVersion version);

  const ServerVersion& version() const { return version_; }

  std::string replica_status() const;        // all channels; "Channel_Name" is one of its columns
  std::string primary_status() const;        // SHOW MASTER STATUS and its successors
  // The count is the last column of the first row; empty where replica status tells it.
  std::string heartbeats_received() const;
  std::string semi_sync_status() const;      // of a source: whether it is active, and how many replicas acknowledge
  // GTID sets by their variables' names. SHOW VARIABLES would cut long ones off after 1024 characters; empty where
  // there are none.
  std::string gtid_sets() const;
  // Of a source: one row for each replica that has registered with it: Server_id, Host and Port as it reports them.
  std::string connected_replicas() const;
  // And from which host and port ("Host") each receiver's connection comes.
  static std::string receivers_connected() {
    return "SELECT HOST AS Host FROM information_schema.PROCESSLIST WHERE COMMAND IN ('Binlog Dump', 'Binlog Dump GTID')";
  }
  // The rights of an account. What SHOW GRANTS answers is the same text everywhere.
  static std::string grants_of(std::string_view user, std::string_view host);
  std::string start_replica() const;
  std::string stop_replica() const;
  std::string start_receiver() const;
  std::string stop_receiver() const;
  std::string start_applier() const;
  std::string stop_applier() const;
  std::string reset_replica_all() const;
  std::string reset_logs() const;  // its binary logs, and the GTIDs of what it has executed
  static std::string set_purged_gtids(std::string_view gtids);  // MySQL, behind reset_logs(): these count as executed

  // The statement with every value escaped; `masked` replaces the password, for logs and journal.
  std::string change_source(const ChangeSource& change) const;
  std::string change_source_masked(const ChangeSource& change) const;

  // The name of a replica status column on this server, from its newest name: "Source_Host" is "Master_Host" here.
  std::string status_column(std::string_view newest) const;

  // Waits at most `seconds` on the server. Whether it came to pass the replica's state tells: the results differ.
  std::string wait_for_position(const gtid::LogCoordinates& position, unsigned seconds) const;
  std::string wait_for_gtids(std::string_view gtids, unsigned seconds) const;

  bool has_gtid_mode() const;        // MySQL 5.6+
  bool has_super_read_only() const;  // MySQL 5.7.8+
  bool has_server_uuid() const;      // MySQL 5.6+
  bool has_delay() const;            // a replica that waits on purpose: MySQL 5.6+, MariaDB 10.2.3+
  bool has_checkpoint_period() const;  // multi-threaded applier: executed position lags (reference 9 there)
  std::string set_read_only(bool on) const;        // read_only, and super_read_only off where it exists
  static std::string set_super_read_only(bool on);  // where it exists
  // Everybody's writes and commits wait from here on, until this session says UNLOCK TABLES or ends. Short waits for other
  // people's locks: whoever waits for them holds everybody else up.
  static std::string lock_everything() { return "FLUSH TABLES WITH READ LOCK"; }
  static std::string unlock_everything() { return "UNLOCK TABLES"; }
  static std::string wait_for_locks(unsigned seconds);
  static std::string flush_tables() { return "FLUSH NO_WRITE_TO_BINLOG TABLES"; }
  static std::string process_list() { return "SHOW PROCESSLIST"; }
  // One row a transaction: connection, seconds, rows_modified, rows_locked.
  static std::string open_transactions();
  static std::string privileged_accounts() { return "SELECT User FROM mysql.user WHERE Super_priv = 'Y'"; }
  static std::string end_connection(uint64_t id) { return "KILL " + std::to_string(id); }
  // Name and value of each filter; empty where only a channel's status tells.
  std::string replication_filters() const;
  // What a MariaDB server that was a source has, so that it can go on as a replica by GTID.
  static std::string set_slave_pos(std::string_view gtids);
  std::string set_checkpoint_period(unsigned ms) const;
  std::string variable(std::string_view newest) const;  // replica_parallel_workers -> slave_parallel_workers

 private:
  bool replica_words() const;  // 8.0.22+
  bool has_connection_names() const;  // MariaDB 10+: its own GTIDs, several named sources
  bool source_words() const;   // 8.0.23+
  std::string change_source_text(const ChangeSource& change, bool masked) const;

  ServerVersion version_;
};

// 'text' as an SQL string literal, safe for every byte whatever sql_mode says (NO_BACKSLASH_ESCAPES included).
std::string sql_literal(std::string_view text);

}  // namespace tanist::mysql

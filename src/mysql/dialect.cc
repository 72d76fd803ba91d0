#include "mysql/dialect.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/text.h"

namespace tanist::mysql {

namespace {

struct Renamed {
  std::string_view newest;
  std::string_view old;
};

// SHOW REPLICA STATUS against SHOW SLAVE STATUS. Names that did not change are not listed.
constexpr Renamed kStatusColumns[] = {
    {"Source_Host", "Master_Host"},
    {"Source_User", "Master_User"},
    {"Source_Port", "Master_Port"},
    {"Source_Log_File", "Master_Log_File"},
    {"Read_Source_Log_Pos", "Read_Master_Log_Pos"},
    {"Relay_Source_Log_File", "Relay_Master_Log_File"},
    {"Exec_Source_Log_Pos", "Exec_Master_Log_Pos"},
    {"Replica_IO_Running", "Slave_IO_Running"},
    {"Replica_SQL_Running", "Slave_SQL_Running"},
    {"Replica_IO_State", "Slave_IO_State"},
    {"Replica_SQL_Running_State", "Slave_SQL_Running_State"},
    {"Seconds_Behind_Source", "Seconds_Behind_Master"},
    {"Source_Server_Id", "Master_Server_Id"},
    {"Source_UUID", "Master_UUID"},
    {"Source_SSL_Allowed", "Master_SSL_Allowed"},
    {"Source_SSL_Verify_Server_Cert", "Master_SSL_Verify_Server_Cert"},
    {"Get_Source_public_key", "Get_master_public_key"},
};

// SHOW ALL SLAVES STATUS of MariaDB against the others.
constexpr Renamed kMariadbColumns[] = {{"Channel_Name", "Connection_name"}};

// System variables renamed in MySQL 8.0.26.
constexpr Renamed kVariables[] = {
    {"replica_parallel_workers", "slave_parallel_workers"},
    {"replica_checkpoint_period", "slave_checkpoint_period"},
    {"replica_net_timeout", "slave_net_timeout"},
    {"log_replica_updates", "log_slave_updates"},
};

std::string_view renamed_or_same(std::span<const Renamed> table, std::string_view newest) {
  auto row = std::find_if(table.begin(), table.end(), [&](const Renamed& r) { return r.newest == newest; });
  return row == table.end() ? newest : row->old;
}

// For statements that take quoted strings only, never hexadecimal literals (CHANGE, SHOW GRANTS). The sessions of this
// project never run with NO_BACKSLASH_ESCAPES (line.cc sets their sql_mode).
std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal + "'";
}

}  // namespace

std::string sql_literal(std::string_view text) {
  // A hexadecimal literal needs no escaping in any sql_mode; plain texts stay readable.
  auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '\'' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return "'" + std::string(text) + "'";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string literal = "x'";
  for (char c : text) {
    literal += kDigits[static_cast<unsigned char>(c) >> 4];
    literal += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return literal + "'";
}

Dialect::Dialect(ServerVersion version) : version_(std::move(version)) {}

bool Dialect::replica_words() const { return version_.is_mysql() && version_.at_least(8, 0, 22); }
bool Dialect::source_words() const { return version_.is_mysql() && version_.at_least(8, 0, 23); }
bool Dialect::has_connection_names() const { return version_.is_mariadb() && version_.at_least(10, 0, 2); }
// 5.6.5 to 5.6.8 had GTIDs under other names, and nobody runs them.
bool Dialect::has_gtid_mode() const { return version_.is_mysql() && version_.at_least(5, 6, 9); }
bool Dialect::has_delay() const {
  return version_.is_mysql() ? version_.at_least(5, 6, 0) : version_.at_least(10, 2, 3);
}
bool Dialect::has_super_read_only() const { return version_.is_mysql() && version_.at_least(5, 7, 8); }
bool Dialect::has_server_uuid() const { return version_.is_mysql() && version_.at_least(5, 6, 0); }
bool Dialect::has_checkpoint_period() const { return version_.is_mysql() && version_.at_least(5, 6, 3); }

// MariaDB's plain statement shows the unnamed connection only.
std::string Dialect::replica_status() const {
  if (replica_words()) return "SHOW REPLICA STATUS";
  return has_connection_names() ? "SHOW ALL SLAVES STATUS" : "SHOW SLAVE STATUS";
}
std::string Dialect::primary_status() const {
  return version_.is_mysql() && version_.at_least(8, 2, 0) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
}
// The status variable went with 8.0; performance_schema has it since 5.7.
std::string Dialect::heartbeats_received() const {
  if (has_connection_names()) return "";
  return version_.is_mysql() && version_.at_least(5, 7, 2)
             ? "SELECT COUNT_RECEIVED_HEARTBEATS FROM performance_schema.replication_connection_status LIMIT 1"
             : "SHOW GLOBAL STATUS LIKE 'Slave_received_heartbeats'";
}
std::string Dialect::semi_sync_status() const {
  return "SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_master_status', 'Rpl_semi_sync_source_status', "
         "'Rpl_semi_sync_master_clients', 'Rpl_semi_sync_source_clients')";
}
std::string Dialect::gtid_sets() const {
  if (has_connection_names()) {
    return "SELECT @@GLOBAL.gtid_binlog_pos AS gtid_binlog_pos, @@GLOBAL.gtid_slave_pos AS gtid_slave_pos";
  }
  return has_gtid_mode() ? "SELECT @@GLOBAL.gtid_executed AS gtid_executed, @@GLOBAL.gtid_purged AS gtid_purged" : "";
}
std::string Dialect::connected_replicas() const { return replica_words() ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS"; }
std::string Dialect::grants_of(std::string_view user, std::string_view host) {
  return "SHOW GRANTS FOR " + quoted(user) + "@" + quoted(host);
}
std::string Dialect::start_replica() const { return replica_words() ? "START REPLICA" : "START SLAVE"; }
std::string Dialect::stop_replica() const { return replica_words() ? "STOP REPLICA" : "STOP SLAVE"; }
std::string Dialect::start_receiver() const { return start_replica() + " IO_THREAD"; }
std::string Dialect::stop_receiver() const { return stop_replica() + " IO_THREAD"; }
std::string Dialect::start_applier() const { return start_replica() + " SQL_THREAD"; }
std::string Dialect::stop_applier() const { return stop_replica() + " SQL_THREAD"; }
std::string Dialect::reset_replica_all() const { return replica_words() ? "RESET REPLICA ALL" : "RESET SLAVE ALL"; }
std::string Dialect::reset_logs() const {
  return version_.is_mysql() && version_.at_least(8, 2, 0) ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER";
}
std::string Dialect::set_purged_gtids(std::string_view gtids) {
  return "SET GLOBAL gtid_purged = " + sql_literal(gtids);
}

std::string Dialect::change_source(const ChangeSource& change) const { return change_source_text(change, false); }
std::string Dialect::change_source_masked(const ChangeSource& change) const {
  return change_source_text(change, true);
}

std::string Dialect::change_source_text(const ChangeSource& change, bool masked) const {
  const std::string prefix = source_words() ? "SOURCE_" : "MASTER_";
  std::vector<std::string> parts;
  auto say = [&](std::string_view option, std::string value) {
    parts.push_back(prefix + std::string(option) + "=" + std::move(value));
  };
  auto flag = [](bool on) { return std::string(on ? "1" : "0"); };
  if (change.host) say("HOST", quoted(*change.host));
  if (change.port) say("PORT", std::to_string(*change.port));
  if (change.user) say("USER", quoted(*change.user));
  if (change.password) say("PASSWORD", masked ? "'xxx'" : quoted(change.password->reveal()));
  if (change.connect_retry_seconds) say("CONNECT_RETRY", std::to_string(*change.connect_retry_seconds));
  if (change.heartbeat_seconds) say("HEARTBEAT_PERIOD", std::to_string(*change.heartbeat_seconds));
  if (change.delay_seconds && has_delay()) say("DELAY", std::to_string(*change.delay_seconds));
  if (change.ssl) say("SSL", flag(*change.ssl));
  if (change.ssl_verify) say("SSL_VERIFY_SERVER_CERT", flag(*change.ssl_verify));
  if (change.get_public_key && version_.is_mysql() && version_.at_least(8, 0, 4)) {
    parts.push_back((source_words() ? "GET_SOURCE_PUBLIC_KEY=" : "GET_MASTER_PUBLIC_KEY=") +
                    flag(*change.get_public_key));
  }
  if (change.gtid != GtidUse::keep) {
    if (version_.is_mariadb()) {
      parts.push_back(std::string("MASTER_USE_GTID=") + (change.gtid == GtidUse::none          ? "no"
                                                         : change.gtid == GtidUse::current_pos ? "current_pos"
                                                                                               : "slave_pos"));
    } else if (has_gtid_mode()) {
      say("AUTO_POSITION", flag(change.gtid != GtidUse::none));
    }
  }
  if (change.from) {
    say("LOG_FILE", quoted(change.from->file));
    say("LOG_POS", std::to_string(change.from->pos));
  }
  if (change.keep_relay) {
    parts.push_back("RELAY_LOG_FILE=" + quoted(change.keep_relay->file));
    parts.push_back("RELAY_LOG_POS=" + std::to_string(change.keep_relay->pos));
  }
  return (source_words() ? "CHANGE REPLICATION SOURCE TO " : "CHANGE MASTER TO ") + join(parts, ", ");
}

std::string Dialect::status_column(std::string_view newest) const {
  if (has_connection_names()) newest = renamed_or_same(kMariadbColumns, newest);
  return std::string(replica_words() ? newest : renamed_or_same(kStatusColumns, newest));
}

std::string Dialect::variable(std::string_view newest) const {
  bool new_words = version_.is_mysql() && version_.at_least(8, 0, 26);
  return std::string(new_words ? newest : renamed_or_same(kVariables, newest));
}

std::string Dialect::wait_for_position(const gtid::LogCoordinates& position, unsigned seconds) const {
  std::string function = version_.is_mysql() && version_.at_least(8, 0, 26) ? "SOURCE_POS_WAIT" : "MASTER_POS_WAIT";
  return "SELECT " + function + "(" + sql_literal(position.file) + ", " + std::to_string(position.pos) + ", " +
         std::to_string(seconds) + ") AS result";
}

std::string Dialect::wait_for_gtids(std::string_view gtids, unsigned seconds) const {
  std::string arguments = "(" + sql_literal(gtids) + ", " + std::to_string(seconds) + ") AS result";
  if (version_.is_mariadb()) return "SELECT MASTER_GTID_WAIT" + arguments;
  if (version_.at_least(5, 7, 5)) return "SELECT WAIT_FOR_EXECUTED_GTID_SET" + arguments;
  return "SELECT WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS" + arguments;
}

std::string Dialect::set_read_only(bool on) const {
  // Switching read_only off also switches super_read_only off (manual: super_read_only).
  return std::string("SET GLOBAL read_only = ") + (on ? "1" : "0");
}

std::string Dialect::set_super_read_only(bool on) {
  return std::string("SET GLOBAL super_read_only = ") + (on ? "1" : "0");
}

std::string Dialect::wait_for_locks(unsigned seconds) {
  return "SET SESSION lock_wait_timeout = " + std::to_string(seconds);
}

// InnoDB shows the time of the server's own zone, NOW() the session's.
std::string Dialect::open_transactions() {
  return "SELECT trx_mysql_thread_id AS connection, GREATEST(0, TIMESTAMPDIFF(SECOND, trx_started, "
         "COALESCE(CONVERT_TZ(NOW(), @@SESSION.time_zone, 'SYSTEM'), NOW()))) AS seconds, "
         "trx_rows_modified AS rows_modified, trx_rows_locked AS rows_locked FROM information_schema.INNODB_TRX";
}

std::string Dialect::replication_filters() const {
  if (version_.is_mariadb()) return "SHOW GLOBAL VARIABLES LIKE 'replicate%'";
  if (!version_.at_least(8, 0, 1)) return "";
  return "SELECT FILTER_NAME, FILTER_RULE FROM performance_schema.replication_applier_global_filters";
}

std::string Dialect::set_slave_pos(std::string_view gtids) {
  return "SET GLOBAL gtid_slave_pos = " + sql_literal(gtids);
}

std::string Dialect::set_checkpoint_period(unsigned ms) const {
  return "SET GLOBAL " + variable("replica_checkpoint_period") + " = " + std::to_string(ms);
}

}  // namespace tanist::mysql

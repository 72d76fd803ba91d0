// What a simulated server says to each statement. Exactly what the production code sends is known here, by
// the dialect of the server's version; everything else is a violation that names the statement.
#include <fmt/format.h>

#include "base/text.h"
#include "server.h"
#include "sessions.h"

namespace tanist::sim {

using namespace std::chrono_literals;
using mysql::Rows;

namespace {

mysql::Answer<Rows> error(int number, std::string what) {
  return tl::unexpected(mysql::Failure{mysql::Contact::error_packet, number, std::move(what)});
}

Rows one_row(std::vector<std::pair<std::string, std::optional<std::string>>> cells) {
  Rows rows;
  rows.rows.emplace_back();
  for (auto& [column, value] : cells) {
    rows.columns.push_back(std::move(column));
    rows.rows[0].push_back(std::move(value));
  }
  return rows;
}

std::string on_off(bool on) { return on ? "ON" : "OFF"; }

// KEY=VALUE, KEY='VALUE', ...
std::vector<std::pair<std::string, std::string>> options_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> options;
  size_t at = 0;
  while (at < text.size()) {
    size_t equals = text.find('=', at);
    std::string key(text.substr(at, equals - at)), value;
    at = equals + 1;
    if (text[at] == '\'') {
      for (++at; text[at] != '\''; ++at) {
        if (text[at] == '\\') ++at;
        value += text[at];
      }
      ++at;
    } else {
      size_t end = std::min(text.find(',', at), text.size());
      value = text.substr(at, end - at);
      at = end;
    }
    for (std::string_view prefix : {"MASTER_", "SOURCE_"}) {
      if (key.starts_with(prefix)) key.erase(0, prefix.size());
    }
    options.emplace_back(std::move(key), std::move(value));
    at += 2;
  }
  return options;
}

}  // namespace

Server::Reply Server::execute(Conn& conn, const std::string& sql) {
  if (sql == "SELECT 1 AS Value") return {one_row({{"Value", "1"}})};
  if (sql.starts_with("SET SESSION wait_timeout = ")) return {Rows{}};
  if (sql.starts_with("SELECT GET_LOCK(")) return get_lock(conn, sql);
  if (sql.starts_with("SELECT RELEASE_LOCK(")) {
    std::erase_if(locks_, [&](const auto& lock) {
      return lock.second == conn.id && sql.find("'" + lock.first + "'") != std::string::npos;
    });
    return {one_row({{"result", "1"}})};
  }
  if (sql.starts_with("SHOW GLOBAL VARIABLES WHERE Variable_name IN (")) return {variables()};
  if (sql == dialect_.gtid_sets() && mariadb()) {
    return {one_row(
        {{"gtid_binlog_pos", slave_pos()}, {"gtid_slave_pos", channel->configured ? slave_pos() : ""}})};
  }
  if (sql == dialect_.gtid_sets() && !sql.empty()) {
    return {one_row({{"gtid_executed", gtid_set()}, {"gtid_purged", ""}})};
  }
  if (sql == dialect_.primary_status()) return {binlog_status()};
  if (sql == dialect_.replica_status()) return {replica_rows()};
  if (sql == dialect_.connected_replicas()) return {Rows{}};
  if (sql == dialect_.heartbeats_received() && !sql.empty()) {
    return {one_row(
        {{"Variable_name", "Slave_received_heartbeats"}, {"Value", std::to_string(channel->heartbeats)}})};
  }
  if (sql == mysql::Dialect::privileged_accounts()) return {one_row({{"User", kAdmin}})};
  if (sql.starts_with("SELECT User, Host FROM mysql.user WHERE User = ")) {
    return {one_row({{"User", kReplUser}, {"Host", "%"}})};
  }
  if (sql == dialect_.grants_of(kReplUser, "%")) {
    return {one_row({{"Grants", "GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"}})};
  }
  if (sql.starts_with("CREATE DATABASE IF NOT EXISTS infra") ||
      sql.starts_with("CREATE TABLE IF NOT EXISTS infra.")) {
    return {Rows{}};
  }
  if (sql.starts_with("INSERT INTO infra.chk_masterha ")) {
    if (write_error != 0) return {error(write_error, "as told")};
    if (commits_hang) {
      topology::Connection waiting;
      waiting.id = conn.id;
      waiting.user = kAdmin;
      waiting.command = "Query";
      waiting.state = "Waiting for semi-sync ACK from slave";
      waiting.statement = sql;
      clients.push_back(waiting);
      return {Rows{}, 24h};
    }
    commit();
    return {Rows{}};
  }
  if (sql == "SELECT @@GLOBAL.read_only AS read_only")
    return {one_row({{"read_only", read_only ? "1" : "0"}})};
  for (auto [variable, on] : {std::pair{"read_only", read_only}, std::pair{"super_read_only", super_read_only}}) {
    if (sql == std::string("SELECT @@GLOBAL.") + variable + " AS value") return {one_row({{"value", on ? "1" : "0"}})};
  }
  for (auto answer : {blocking(conn, sql), activity(sql), waiting(sql)}) {
    if (answer) return *answer;
  }
  if (sql == "SET GLOBAL relay_log_purge = 0") {
    relay_log_purge = false;
    return {Rows{}};
  }
  return replication("", sql);
}

Server::Reply Server::get_lock(Conn& conn, const std::string& sql) {
  size_t from = sql.find('\'') + 1, to = sql.find('\'', from);
  std::string lock = sql.substr(from, to - from);
  auto seconds = parse_uint(sql.substr(to + 3, sql.find(')', to) - to - 3)).value_or(0);
  auto [it, free] = locks_.emplace(lock, conn.id);
  bool ours = free || it->second == conn.id;
  return {one_row({{"result", ours ? "1" : "0"}}), ours ? 0s : std::chrono::seconds(seconds)};
}

// Starting, stopping, changing: each takes its time.
Server::Reply Server::replication(const std::string&, const std::string& sql) {
  const Duration took = std::chrono::milliseconds(world_.random.between(1, 15));
  const std::string shown = sql.substr(0, sql.find("PASSWORD"));
  const std::string change = dialect_.replica_status() == "SHOW REPLICA STATUS"
                                 ? "CHANGE REPLICATION SOURCE TO "
                                 : "CHANGE MASTER TO ";
  if (sql.starts_with(change)) {
    world_.act(name() + ": " + sql, true);
    Reply reply = change_source(sql.substr(change.size()));
    reply.took = took;
    return reply;
  }
  if (sql == dialect_.reset_replica_all()) {
    world_.act(name() + ": " + sql, true);
    if (channel->receiver != Channel::Receiver::stopped || channel->applier)
      return {error(1198, "running replica"), took};
    channel->reset_all();
    return {Rows{}, took};
  }
  const bool starts =
      sql == dialect_.start_replica() || sql == dialect_.start_receiver() || sql == dialect_.start_applier();
  const bool stops =
      sql == dialect_.stop_replica() || sql == dialect_.stop_receiver() || sql == dialect_.stop_applier();
  if (!starts && !stops) {
    world_.violation("SQL", "unknown statement on " + version_.text + ": " + shown);
    return {error(1064, "You have an error in your SQL syntax")};
  }
  world_.act(name() + ": " + sql, true);
  const bool receiver = sql != dialect_.start_applier() && sql != dialect_.stop_applier();
  const bool applier = sql != dialect_.start_receiver() && sql != dialect_.stop_receiver();
  if (starts && !channel->configured) return {error(1200, "The server is not configured as replica"), took};
  if (stops) {
    if (receiver) channel->stop_receiver();
    if (applier) channel->stop_applier();
    return {Rows{}, took};
  }
  // MariaDB looks at GTID positions when both threads were stopped, so the applier comes first here.
  if (applier) channel->start_applier();
  if (receiver) channel->start_receiver();
  return {Rows{}, took};
}

Server::Reply Server::change_source(const std::string& text) {
  if (channel->receiver != Channel::Receiver::stopped || channel->applier) {
    return {error(1198, "This operation cannot be performed with a running replica")};
  }
  ChannelSettings settings = channel->settings;
  LogCoordinates from, relay;
  for (const auto& [key, value] : options_of(text)) {
    auto number = static_cast<uint32_t>(parse_uint(value).value_or(0));
    if (key == "HOST")
      settings.host = value;
    else if (key == "PORT")
      settings.port = static_cast<uint16_t>(number);
    else if (key == "USER")
      settings.user = value;
    else if (key == "PASSWORD")
      settings.password = value;
    else if (key == "CONNECT_RETRY")
      settings.connect_retry = number;
    else if (key == "DELAY")
      settings.delay = number;
    else if (key == "HEARTBEAT_PERIOD")
      settings.heartbeat = number;
    else if (key == "SSL")
      settings.ssl = number != 0;
    else if (key == "SSL_VERIFY_SERVER_CERT")
      settings.ssl_verify = number != 0;
    else if (key == "GET_PUBLIC_KEY" || key == "GET_SOURCE_PUBLIC_KEY")
      continue;
    else if (key == "AUTO_POSITION")
      settings.positioning = number ? Positioning::auto_position : Positioning::file_position;
    else if (key == "USE_GTID")
      settings.positioning = value == "no" ? Positioning::file_position : Positioning::slave_pos;
    else if (key == "LOG_FILE")
      from.file = value;
    else if (key == "LOG_POS")
      from.pos = parse_uint(value).value_or(0);
    else if (key == "RELAY_LOG_FILE")
      relay.file = value;
    else if (key == "RELAY_LOG_POS")
      relay.pos = parse_uint(value).value_or(0);
    else
      world_.violation("SQL", "unknown option of CHANGE: " + key);
  }
  if (settings.positioning == Positioning::auto_position && !gtid_) {
    return {error(1777, "CHANGE with AUTO_POSITION = 1 cannot be executed when GTID_MODE = OFF")};
  }
  if (settings.positioning == Positioning::auto_position && (!from.empty() || !relay.empty())) {
    return {error(1776, "Parameters LOG_FILE, LOG_POS cannot be set when AUTO_POSITION is active")};
  }
  const bool other_host = settings.host != channel->settings.host || settings.port != channel->settings.port;
  if (!relay.empty()) {
    if (!channel->jump_to_relay(relay)) return {error(1380, "Failed initializing relay log position")};
    if (!from.empty()) channel->received = from;
  } else {
    channel->forget_relay_log(fmt::format("CHANGE to {}", settings.host));
    if (!from.empty())
      channel->received = from;
    else if (other_host)
      channel->received = {};
    else
      channel->received = channel->executed;
    channel->executed = channel->received;
  }
  channel->settings = settings;
  channel->configured = true;
  channel->io_errno = 0;
  channel->io_error.clear();
  return {Rows{}};
}

std::string Server::slave_pos() const {
  const Txn* last = nullptr;
  for (const Txn& txn : data) {
    if (!last || txn.number > last->number) last = &txn;
  }
  return last ? fmt::format("0-{}-{}", last->origin, last->number) : "";
}

Rows Server::variables() const {
  Rows rows;
  rows.columns = {"Variable_name", "Value"};
  auto say = [&](std::string name, std::string value) {
    rows.rows.push_back({std::move(name), std::move(value)});
  };
  say("server_id", std::to_string(number_));
  if (dialect_.has_server_uuid()) say("server_uuid", uuid());
  say("read_only", on_off(read_only));
  if (dialect_.has_super_read_only()) say("super_read_only", on_off(super_read_only));
  say("log_bin", "ON");
  say("log_bin_basename", "/var/lib/mysql/mysql-bin");
  say(dialect_.variable("log_replica_updates"), on_off(log_replica_updates));
  if (dialect_.has_gtid_mode()) say("gtid_mode", on_off(gtid_));
  say("relay_log_purge", on_off(relay_log_purge));
  say("relay_log_recovery", on_off(relay_log_recovery));
  say("relay_log", "relay-bin");
  say("datadir", "/var/lib/mysql/");
  if (acknowledges) say("rpl_semi_sync_slave_enabled", "ON");
  if (!ssl_cert.empty()) say("ssl_cert", ssl_cert);
  if (!ssl_cert.empty()) say("ssl_key", "key-of-" + ssl_cert);
  say("hostname", world_.hosts[host_].name);
  return rows;
}

Rows Server::binlog_status() const {
  auto end = log.end();
  return one_row({{"File", end.file},
                  {"Position", std::to_string(end.pos)},
                  {"Binlog_Do_DB", ""},
                  {"Binlog_Ignore_DB", ""}});
}

Rows Server::replica_rows() const {
  const Channel& c = *channel;
  if (!c.configured) return Rows{};
  std::vector<std::pair<std::string, std::optional<std::string>>> cells;
  auto say = [&](std::string_view newest, std::string value) {
    cells.emplace_back(dialect_.status_column(newest), std::move(value));
  };
  auto place = [&](std::string_view file, std::string_view pos, const LogCoordinates& at) {
    say(file, at.file);
    say(pos, std::to_string(at.pos));
  };
  const char* states[] = {"No", "Connecting", "Yes"};
  say("Channel_Name", "");
  say("Source_Host", c.settings.host);
  say("Source_Port", std::to_string(c.settings.port));
  say("Source_User", c.settings.user);
  say("Connect_Retry", std::to_string(c.settings.connect_retry));
  say("Replica_IO_Running", states[static_cast<int>(c.receiver)]);
  say("Replica_SQL_Running", c.applier ? "Yes" : "No");
  say("Last_IO_Errno", std::to_string(c.io_errno));
  say("Last_IO_Error", c.io_error);
  say("Last_SQL_Errno", std::to_string(c.sql_errno));
  say("Last_SQL_Error", c.sql_error);
  std::string words = version_.is_mysql() && version_.at_least(8, 0, 22) ? "Replica" : "Slave";
  say("Replica_SQL_Running_State", !c.applier ? ""
                                   : c.idle() ? words + " has read all relay log; waiting for more updates"
                                              : "Reading event from the relay log");
  place("Source_Log_File", "Read_Source_Log_Pos", c.received);
  place("Relay_Source_Log_File", "Exec_Source_Log_Pos", c.executed);
  place("Relay_Log_File", "Relay_Log_Pos", c.relay_position());
  say("SQL_Delay", std::to_string(c.settings.delay));
  say("Seconds_Behind_Source", "0");
  say("Source_SSL_Allowed", c.settings.ssl ? "Yes" : "No");
  say("Source_SSL_Verify_Server_Cert", c.settings.ssl_verify ? "Yes" : "No");
  if (mariadb()) {
    say("Using_Gtid", c.settings.positioning == Positioning::slave_pos ? "Slave_Pos" : "No");
    const Txn* last = nullptr;
    for (const Txn& txn : c.ever_received) {
      if (!last || txn.number > last->number) last = &txn;
    }
    say("Gtid_IO_Pos", last ? fmt::format("0-{}-{}", last->origin, last->number) : "");
    say("Slave_received_heartbeats", std::to_string(c.heartbeats));
  } else {
    say("Auto_Position", c.settings.positioning == Positioning::auto_position ? "1" : "0");
    say("Retrieved_Gtid_Set", gtid_ ? gtid_set_of(c.received_transactions()) : "");
  }
  return one_row(std::move(cells));
}

}  // namespace tanist::sim

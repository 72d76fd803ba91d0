#include "discovery/replica_row.h"

#include "base/text.h"

namespace tanist::discovery {

using topology::Positioning;
using topology::ReceiverState;

namespace {

// MySQL shows sets over several lines.
std::string one_line(std::string text) {
  std::erase(text, '\n');
  return text;
}

// The applier of a MariaDB replica with parallel threads, or of one that was just started, has no word for "Connecting".
ReceiverState receiver_state(std::string_view word) {
  if (iequals(word, "Yes")) return ReceiverState::running;
  return iequals(word, "Connecting") || iequals(word, "Preparing") ? ReceiverState::connecting : ReceiverState::stopped;
}

Positioning positioning(const std::string& auto_position, const std::string& using_gtid) {
  if (auto_position == "1") return Positioning::auto_position;
  if (iequals(using_gtid, "Current_Pos")) return Positioning::mariadb_current_pos;
  if (iequals(using_gtid, "Slave_Pos")) return Positioning::mariadb_slave_pos;
  return Positioning::file_position;
}

}  // namespace

topology::ReplicaStatus read_replica_row(const mysql::Rows& rows, size_t row, const mysql::Dialect& dialect) {
  auto text = [&](std::string_view newest) { return rows.get(row, dialect.status_column(newest)).value_or(""); };
  auto number = [&](std::string_view newest) { return parse_uint(text(newest)); };
  auto coordinates = [&](std::string_view file, std::string_view pos) {
    return gtid::LogCoordinates{text(file), number(pos).value_or(0)};
  };
  topology::ReplicaStatus status;
  status.channel = text("Channel_Name");
  status.source_host = text("Source_Host");
  status.source_port = static_cast<uint16_t>(number("Source_Port").value_or(3306));
  status.source_user = text("Source_User");
  status.source_server_id = static_cast<uint32_t>(number("Source_Server_Id").value_or(0));
  status.source_uuid = text("Source_UUID");
  status.receiver = receiver_state(text("Replica_IO_Running"));
  status.applier_running = iequals(text("Replica_SQL_Running"), "Yes");
  status.receiver_errno = static_cast<int>(number("Last_IO_Errno").value_or(0));
  status.receiver_error = text("Last_IO_Error");
  status.applier_errno = static_cast<int>(number("Last_SQL_Errno").value_or(0));
  status.applier_error = text("Last_SQL_Error");
  status.applier_activity = text("Replica_SQL_Running_State");
  status.received = coordinates("Source_Log_File", "Read_Source_Log_Pos");
  status.executed = coordinates("Relay_Source_Log_File", "Exec_Source_Log_Pos");
  status.relay = coordinates("Relay_Log_File", "Relay_Log_Pos");
  status.retrieved_gtids = one_line(text("Retrieved_Gtid_Set"));
  status.receiver_gtid = text("Gtid_IO_Pos");
  status.positioning = positioning(text("Auto_Position"), text("Using_Gtid"));
  status.heartbeats = number("Slave_received_heartbeats");  // a column of MariaDB only
  status.seconds_behind = number("Seconds_Behind_Source");
  status.delay_seconds = static_cast<uint32_t>(number("SQL_Delay").value_or(0));
  status.connect_retry_seconds = static_cast<uint32_t>(number("Connect_Retry").value_or(60));
  status.ssl = iequals(text("Source_SSL_Allowed"), "Yes");
  status.ssl_verify = iequals(text("Source_SSL_Verify_Server_Cert"), "Yes");
  if (auto key = number("Get_Source_public_key")) status.get_public_key = *key == 1;
  status.filters = {text("Replicate_Do_DB"),       text("Replicate_Ignore_DB"),       text("Replicate_Do_Table"),
                    text("Replicate_Ignore_Table"), text("Replicate_Wild_Do_Table"), text("Replicate_Wild_Ignore_Table")};
  return status;
}

}  // namespace tanist::discovery

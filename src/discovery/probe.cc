#include "discovery/probe.h"

#include <map>

#include "base/text.h"
#include "discovery/replica_row.h"
#include "mysql/dialect.h"

namespace tanist::discovery {

using mysql::Answer;
using mysql::Rows;
using topology::ServerState;

namespace {

// Asked by name in one statement: a variable that this server does not have is simply not in the answer.
constexpr std::string_view kVariables[] = {
    "server_id", "server_uuid", "read_only", "super_read_only", "log_bin", "log_bin_basename", "log_slave_updates",
    "log_replica_updates", "gtid_mode", "gtid_executed", "gtid_purged", "gtid_binlog_pos", "gtid_slave_pos",
    "relay_log_purge", "relay_log_recovery", "relay_log_basename", "relay_log", "datadir", "hostname",
    "slave_parallel_workers", "replica_parallel_workers", "slave_parallel_threads", "rpl_semi_sync_master_enabled",
    "rpl_semi_sync_source_enabled"};

using Variables = std::map<std::string, std::string>;

std::string variables_query() {
  std::vector<std::string> names;
  for (std::string_view name : kVariables) names.push_back("'" + std::string(name) + "'");
  return "SHOW GLOBAL VARIABLES WHERE Variable_name IN (" + join(names, ",") + ")";
}

Variables as_map(const Rows& rows) {
  Variables variables;
  for (const auto& row : rows.rows) {
    if (row.size() >= 2 && row[0]) variables[lower(*row[0])] = row[1].value_or("");
  }
  return variables;
}

std::string text_of(const Variables& variables, std::string_view name) {
  auto it = variables.find(std::string(name));
  return it == variables.end() ? "" : it->second;
}

bool is_on(const Variables& variables, std::string_view name) {
  std::string value = text_of(variables, name);
  return iequals(value, "ON") || value == "1";
}

uint64_t number_of(const Variables& variables, std::string_view name) {
  return parse_uint(text_of(variables, name)).value_or(0);
}

// Older servers have no relay_log_basename: relay_log is relative to the data directory, and by default named after
// the host.
std::string relay_basename(const Variables& variables) {
  std::string base = text_of(variables, "relay_log_basename");
  if (!base.empty()) return base;
  base = text_of(variables, "relay_log");
  if (base.empty()) base = text_of(variables, "hostname") + "-relay-bin";
  return base.starts_with('/') ? base : text_of(variables, "datadir") + base;
}

void fill_variables(const Variables& variables, ServerState& state) {
  state.server_id = static_cast<uint32_t>(number_of(variables, "server_id"));
  state.server_uuid = text_of(variables, "server_uuid");
  state.read_only = is_on(variables, "read_only");
  state.super_read_only = is_on(variables, "super_read_only");
  state.log_bin = is_on(variables, "log_bin");
  state.log_bin_basename = state.log_bin ? text_of(variables, "log_bin_basename") : "";
  state.log_replica_updates = is_on(variables, "log_slave_updates") || is_on(variables, "log_replica_updates");
  state.gtid_mode = text_of(variables, "gtid_mode");
  state.executed_gtids = text_of(variables, "gtid_executed");
  state.purged_gtids = text_of(variables, "gtid_purged");
  state.mariadb_binlog_pos = text_of(variables, "gtid_binlog_pos");
  state.mariadb_slave_pos = text_of(variables, "gtid_slave_pos");
  state.relay_log_purge = is_on(variables, "relay_log_purge");
  state.relay_log_recovery = is_on(variables, "relay_log_recovery");
  state.datadir = text_of(variables, "datadir");
  state.relay_log_basename = relay_basename(variables);
  state.parallel_workers = static_cast<unsigned>(number_of(variables, "slave_parallel_workers") +
                                                 number_of(variables, "replica_parallel_workers") +
                                                 number_of(variables, "slave_parallel_threads"));
  state.semi_sync_source =
      is_on(variables, "rpl_semi_sync_master_enabled") || is_on(variables, "rpl_semi_sync_source_enabled");
}

std::optional<uint64_t> heartbeat_count(const Rows& rows) {
  if (rows.empty() || rows.rows[0].empty() || !rows.rows[0].back()) return std::nullopt;
  return parse_uint(*rows.rows[0].back());
}

}  // namespace

sys::Task<Answer<ServerState>> probe(mysql::Session& session, TimePoint deadline) {
  const mysql::Dialect dialect(parse_server_version(session.server_version()));
  ServerState state;
  state.version = dialect.version();

  std::string sql = variables_query();
  auto variables = co_await session.query(sql, deadline);
  if (!variables) co_return tl::unexpected(variables.error());
  fill_variables(as_map(*variables), state);

  if (state.log_bin) {
    sql = dialect.primary_status();
    auto primary = co_await session.query(sql, deadline);
    if (!primary) co_return tl::unexpected(primary.error());
    if (!primary->empty()) {
      state.binlog_end = {primary->get(0, "File").value_or(""),
                          parse_uint(primary->get(0, "Position").value_or("")).value_or(0)};
      state.binlog_filters = {primary->get(0, "Binlog_Do_DB").value_or(""),
                              primary->get(0, "Binlog_Ignore_DB").value_or("")};
    }
  }

  sql = dialect.replica_status();
  auto replica = co_await session.query(sql, deadline);
  if (!replica) co_return tl::unexpected(replica.error());
  for (size_t row = 0; row < replica->rows.size(); ++row) {
    state.channels.push_back(read_replica_row(*replica, row, dialect));
  }
  if (state.channels.size() == 1) {
    sql = dialect.heartbeats_received();
    auto heartbeats = co_await session.query(sql, deadline);
    // Only a hint of life; an account without rights on it must not make the server look dead.
    if (heartbeats) state.channels[0].heartbeats = heartbeat_count(*heartbeats);
    if (!heartbeats && heartbeats.error().contact != mysql::Contact::error_packet) {
      co_return tl::unexpected(heartbeats.error());
    }
  }
  co_return state;
}

sys::Task<std::optional<bool>> may_replicate(mysql::Session& session, std::string user, TimePoint deadline) {
  std::string sql = "SELECT Repl_slave_priv FROM mysql.user WHERE User = " + mysql::sql_literal(user);
  auto rows = co_await session.query(sql, deadline);
  if (!rows) co_return std::nullopt;
  for (const auto& row : rows->rows) {
    if (!row.empty() && row[0] == "Y") co_return true;
  }
  co_return false;
}

topology::NoAnswer as_no_answer(const mysql::Failure& failure) {
  using mysql::Contact;
  using topology::Silence;
  Silence silence = Silence::timeout;
  switch (failure.contact) {
    case Contact::answered:
    case Contact::error_packet: silence = Silence::error_packet; break;
    case Contact::lost: silence = Silence::lost; break;
    case Contact::refused: silence = Silence::refused; break;
    case Contact::no_greeting: silence = Silence::no_greeting; break;
    case Contact::timeout: silence = Silence::timeout; break;
    case Contact::no_route: silence = Silence::no_route; break;
  }
  return {silence, failure.number, failure.what};
}

}  // namespace tanist::discovery

#include "discovery/probe.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "discovery/downstream.h"
#include "discovery/grants.h"
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
    "log_replica_updates", "gtid_mode", "relay_log_purge", "relay_log_recovery", "relay_log_basename", "relay_log", "datadir", "hostname",
    "slave_parallel_workers", "replica_parallel_workers", "slave_parallel_threads", "rpl_semi_sync_master_enabled",
    "rpl_semi_sync_source_enabled", "rpl_semi_sync_master_timeout", "rpl_semi_sync_source_timeout",
    "rpl_semi_sync_master_wait_point", "rpl_semi_sync_source_wait_point", "rpl_semi_sync_master_wait_no_slave",
    "rpl_semi_sync_source_wait_no_replica", "rpl_semi_sync_master_wait_for_slave_count",
    "rpl_semi_sync_source_wait_for_replica_count", "rpl_semi_sync_slave_enabled", "rpl_semi_sync_replica_enabled",
    "max_connections", "ssl_cert", "ssl_key"};

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

// A server whose relay_log was not configured says nothing of it before MySQL 5.7, nor on MariaDB, and names its files
// after its host or its pid file: a replica's own status knows the name then.
std::string relay_basename(const Variables& variables, const std::vector<topology::ReplicaStatus>& channels) {
  std::string base = text_of(variables, "relay_log_basename");
  if (!base.empty()) return base;
  base = text_of(variables, "relay_log");
  if (base.empty() && channels.size() == 1) {
    base = channels[0].relay.file.substr(0, channels[0].relay.file.rfind('.'));
  }
  if (base.empty()) base = text_of(variables, "hostname") + "-relay-bin";
  return base.starts_with('/') ? base : text_of(variables, "datadir") + base;
}

std::string below(const std::string& datadir, std::string path) {
  return path.empty() || path.starts_with('/') ? path : datadir + path;
}

// By its old name or its new one: MySQL 8.0.26 has either plugin.
topology::SemiSync semi_sync_settings(const Variables& variables) {
  auto either = [&](std::string_view old, std::string_view now) {
    std::string value = text_of(variables, now);
    return value.empty() ? text_of(variables, old) : value;
  };
  auto on = [&](std::string_view old, std::string_view now) {
    return is_on(variables, old) || is_on(variables, now);
  };
  topology::SemiSync settings;
  settings.source_enabled = on("rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled");
  settings.replica_enabled = on("rpl_semi_sync_slave_enabled", "rpl_semi_sync_replica_enabled");
  if (!settings.source_enabled) return settings;
  settings.after_sync =
      iequals(either("rpl_semi_sync_master_wait_point", "rpl_semi_sync_source_wait_point"), "AFTER_SYNC");
  settings.waits_without_replicas = on("rpl_semi_sync_master_wait_no_slave", "rpl_semi_sync_source_wait_no_replica");
  settings.timeout_ms =
      parse_uint(either("rpl_semi_sync_master_timeout", "rpl_semi_sync_source_timeout")).value_or(0);
  settings.wait_for = parse_uint(either("rpl_semi_sync_master_wait_for_slave_count",
                                        "rpl_semi_sync_source_wait_for_replica_count"))
                          .value_or(1);
  return settings;
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
  state.relay_log_purge = is_on(variables, "relay_log_purge");
  state.relay_log_recovery = is_on(variables, "relay_log_recovery");
  state.datadir = text_of(variables, "datadir");
  state.tls = {below(state.datadir, text_of(variables, "ssl_cert")), below(state.datadir, text_of(variables, "ssl_key"))};
  state.parallel_workers = static_cast<unsigned>(number_of(variables, "slave_parallel_workers") +
                                                 number_of(variables, "replica_parallel_workers") +
                                                 number_of(variables, "slave_parallel_threads"));
  state.semi_sync = semi_sync_settings(variables);
  state.max_connections = number_of(variables, "max_connections");
}

// Sets are shown over several lines.
std::string set_of(const Rows& rows, std::string_view column) {
  std::string text = rows.get(0, column).value_or("");
  std::erase(text, '\n');
  return text;
}

void fill_gtid_sets(const Rows& rows, ServerState& state) {
  state.executed_gtids = set_of(rows, "gtid_executed");
  state.purged_gtids = set_of(rows, "gtid_purged");
  state.mariadb_binlog_pos = set_of(rows, "gtid_binlog_pos");
  state.mariadb_slave_pos = set_of(rows, "gtid_slave_pos");
}

void fill_binlog_end(const Rows& rows, ServerState& state) {
  state.binlog_end = {rows.get(0, "File").value_or(""), parse_uint(rows.get(0, "Position").value_or("")).value_or(0)};
  state.binlog_filters = {rows.get(0, "Binlog_Do_DB").value_or(""), rows.get(0, "Binlog_Ignore_DB").value_or("")};
}

// Enabled is not active: after a timeout the source goes on without its replicas' word.
void fill_semi_sync(const Rows& status, ServerState& state) {
  for (const auto& row : status.rows) {
    if (row.size() < 2 || !row[0]) continue;
    const std::string value = row[1].value_or("");
    if (lower(*row[0]).ends_with("_status")) state.semi_sync.source_active |= iequals(value, "ON");
    if (lower(*row[0]).ends_with("_clients")) state.semi_sync.clients = parse_uint(value);
  }
  state.semi_sync_source = state.semi_sync.source_active;
}

// One of a pair that replicate from each other is a replica, too.
bool may_be_primary(const ServerState& state) { return state.log_bin && (state.channels.empty() || !state.read_only); }

bool any_without_a_host(const std::vector<topology::RegisteredReplica>& registered) {
  return std::any_of(registered.begin(), registered.end(), [](const auto& one) { return one.host.empty(); });
}

std::optional<uint64_t> heartbeat_count(const Rows& rows) {
  if (rows.empty() || rows.rows[0].empty() || !rows.rows[0].back()) return std::nullopt;
  return parse_uint(*rows.rows[0].back());
}

// Asks statement after statement until one fails; empty statements are not asked.
class Questions {
 public:
  Questions(mysql::Session& session, TimePoint deadline) : session_(session), deadline_(deadline) {}

  sys::Task<Rows> ask(std::string sql) {
    if (failure || sql.empty()) co_return Rows{};
    auto answer = co_await session_.query(std::move(sql), deadline_);
    if (!answer) failure = answer.error();
    co_return answer ? std::move(*answer) : Rows{};
  }
  // For what is only a hint: an account without the right to ask it must not make the server look dead.
  sys::Task<Rows> ask_if_allowed(std::string sql) {
    Rows rows = co_await ask(std::move(sql));
    if (failure && failure->contact == mysql::Contact::error_packet) failure.reset();
    co_return rows;
  }

  std::optional<mysql::Failure> failure;

 private:
  mysql::Session& session_;
  TimePoint deadline_;
};

// The last question, and whatever becomes of it the server has answered: what it tells are hints.
sys::Task<void> ask_for_replicas(Questions& questions, const mysql::Dialect& dialect, ServerState& state) {
  if (!may_be_primary(state)) co_return;
  Rows registered = co_await questions.ask(dialect.connected_replicas());
  state.registered = read_registered(registered);
  if (!any_without_a_host(state.registered)) co_return;
  Rows receivers = co_await questions.ask(mysql::Dialect::receivers_connected());
  state.receivers = read_receivers(receivers);
}

}  // namespace

sys::Task<Answer<ServerState>> probe(mysql::Session& session, TimePoint deadline) {
  const mysql::Dialect dialect(parse_server_version(session.server_version()));
  Questions questions(session, deadline);
  ServerState state;
  state.version = dialect.version();

  Variables variables = as_map(co_await questions.ask(variables_query()));
  fill_variables(variables, state);
  Rows sets = co_await questions.ask(dialect.gtid_sets());
  fill_gtid_sets(sets, state);
  if (state.log_bin) {
    Rows end = co_await questions.ask(dialect.primary_status());
    fill_binlog_end(end, state);
  }
  if (state.semi_sync.source_enabled) {
    Rows status = co_await questions.ask_if_allowed(dialect.semi_sync_status());
    fill_semi_sync(status, state);
  }
  Rows replica = co_await questions.ask(dialect.replica_status());
  for (size_t row = 0; row < replica.rows.size(); ++row) {
    state.channels.push_back(read_replica_row(replica, row, dialect));
  }
  state.relay_log_basename = relay_basename(variables, state.channels);
  if (state.replica() && !state.replica()->heartbeats) {
    Rows heartbeats = co_await questions.ask_if_allowed(dialect.heartbeats_received());
    state.channels[0].heartbeats = heartbeat_count(heartbeats);
  }
  if (questions.failure) co_return tl::unexpected(*questions.failure);
  co_await ask_for_replicas(questions, dialect, state);
  co_return state;
}

// The account may exist for several hosts, and which one a replica will be is not known before it connects: one that
// may is enough. Rights that come by a role are not seen in the account's own row.
sys::Task<std::optional<bool>> may_replicate(mysql::Session& session, std::string user, TimePoint deadline) {
  auto accounts = co_await session.query("SELECT User, Host FROM mysql.user WHERE User = " + mysql::sql_literal(user),
                                         deadline);
  if (!accounts) co_return std::nullopt;
  bool unsure = false;
  for (size_t i = 0; i < accounts->rows.size(); ++i) {
    std::string host = accounts->get(i, "Host").value_or("");
    auto grants = co_await session.query(mysql::Dialect::grants_of(user, host), deadline);
    if (!grants) co_return std::nullopt;
    switch (grants_replication(*grants)) {
      case Granted::yes: co_return true;
      case Granted::by_role_perhaps: unsure = true; break;
      case Granted::no: break;
    }
  }
  if (unsure) co_return std::nullopt;
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

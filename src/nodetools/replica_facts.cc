#include "nodetools/replica_facts.h"

#include "base/text.h"
#include "mysql/dialect.h"

namespace tanist::nodetools {

namespace {

constexpr std::chrono::seconds kWithin{60};

// The value of a variable that not every server has.
sys::Task<Result<std::string>> variable(MysqlConversation& session, std::string name) {
  std::string sql = "SHOW GLOBAL VARIABLES LIKE '" + name + "'";
  co_return co_await session.ask_value(sql, kWithin);
}

sys::Task<Status> read_role(MysqlConversation& session, ReplicaFacts& facts) {
  mysql::Dialect dialect(facts.version);
  std::string sql = dialect.replica_status();
  auto status = co_await session.ask(sql, kWithin);
  if (!status) co_return fail(status.error());
  if (status->rows.empty()) co_return fail(Errc::not_found, "the server is not a replica: nothing to purge");
  if (status->rows.size() > 1)
    co_return fail(Errc::unsupported, "the server has " + std::to_string(status->rows.size()) +
                                          " sources: which relay logs are meant cannot be told");
  facts.applier_runs = status->get(0, dialect.status_column("Replica_SQL_Running")).value_or("") == "Yes";
  co_return Status{};
}

sys::Task<Status> read_place(MysqlConversation& session, ReplicaFacts& facts) {
  auto base = co_await variable(session, "relay_log_basename");
  if (!base) co_return fail(base.error());
  facts.relay_logs = *base;
  if (!facts.relay_logs.empty()) co_return Status{};
  auto file = co_await variable(session, "relay_log_info_file");
  if (!file) co_return fail(file.error());
  std::string sql = "SELECT @@GLOBAL.datadir";
  auto datadir = co_await session.ask_value(sql, kWithin);
  if (!datadir) co_return fail(datadir.error());
  std::string name = file->empty() ? "relay-log.info" : *file;
  facts.relay_log_info = name.starts_with('/') ? name : *datadir + "/" + name;
  co_return Status{};
}

}  // namespace

sys::Task<Result<ReplicaFacts>> read_replica_facts(const MysqlClient& client) {
  auto session = MysqlConversation::start(client);
  if (!session) co_return fail(session.error());
  std::string sql =
      "SELECT VERSION() AS its_version, @@hostname AS its_host, @@port AS its_port, "
      "@@GLOBAL.relay_log_purge AS purging, UNIX_TIMESTAMP() AS its_time";
  auto row = co_await session->ask(sql, kWithin);
  if (!row) co_return fail(row.error());
  auto cell = [&](std::string_view column) { return row->get(0, column).value_or(""); };
  if (row->rows.empty()) co_return fail(Errc::io, "the server gives no answer to: " + sql);
  ReplicaFacts facts;
  facts.version = parse_server_version(cell("its_version"));
  facts.host_name = cell("its_host");
  facts.port = cell("its_port");
  facts.relay_log_purge = cell("purging") != "0";
  std::string uptime_sql = "SHOW GLOBAL STATUS LIKE 'Uptime'";
  auto uptime = co_await session->ask_value(uptime_sql, kWithin);
  if (!uptime) co_return fail(uptime.error());
  facts.started = parse_uint(cell("its_time")).value_or(0) - parse_uint(*uptime).value_or(0);
  Status role = co_await read_role(*session, facts);
  if (!role) co_return fail(role.error());
  Status place = co_await read_place(*session, facts);
  if (!place) co_return fail(place.error());
  co_return facts;
}

sys::Task<Result<std::string>> applier_stands_in(MysqlConversation& session, ServerVersion version) {
  mysql::Dialect dialect(std::move(version));
  std::string sql = dialect.replica_status();
  auto status = co_await session.ask(sql, kWithin);
  if (!status) co_return fail(status.error());
  co_return status->rows.empty() ? "" : status->get(0, "Relay_Log_File").value_or("");
}

std::string flush_relay_logs(const ServerVersion& version) {
  return version.at_least(5, 5, 1) ? "FLUSH NO_WRITE_TO_BINLOG RELAY LOGS" : "FLUSH NO_WRITE_TO_BINLOG LOGS";
}

}  // namespace tanist::nodetools

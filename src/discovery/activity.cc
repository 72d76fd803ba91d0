#include "discovery/activity.h"

#include <algorithm>

#include "base/text.h"
#include "mysql/dialect.h"

namespace tanist::discovery {

using mysql::Rows;
using topology::Activity;
using topology::Connection;
using topology::ReplicationFilters;

namespace {

// A clock that was set back shows as a huge or a negative time.
constexpr uint64_t kNoTime = uint64_t{1} << 31;

uint64_t number(const Rows& rows, size_t row, std::string_view column) {
  return parse_uint(rows.get(row, column).value_or("")).value_or(0);
}

std::vector<Connection> read_process_list(const Rows& rows, uint64_t own_id) {
  std::vector<Connection> all;
  for (size_t row = 0; row < rows.rows.size(); ++row) {
    Connection one;
    one.id = number(rows, row, "Id");
    if (one.id == own_id) continue;
    one.user = rows.get(row, "User").value_or("");
    one.host = rows.get(row, "Host").value_or("");
    one.database = rows.get(row, "db").value_or("");
    one.command = rows.get(row, "Command").value_or("");
    one.seconds = number(rows, row, "Time");
    if (one.seconds >= kNoTime) one.seconds = 0;
    one.state = rows.get(row, "State").value_or("");
    one.statement = rows.get(row, "Info").value_or("");
    all.push_back(std::move(one));
  }
  return all;
}

void add_transactions(const Rows& rows, Activity& activity) {
  for (size_t row = 0; row < rows.rows.size(); ++row) {
    const uint64_t id = number(rows, row, "connection");
    auto owner = std::find_if(activity.connections.begin(), activity.connections.end(),
                              [&](const Connection& one) { return one.id == id; });
    if (owner == activity.connections.end()) continue;
    owner->transaction = {number(rows, row, "seconds"), number(rows, row, "rows_modified"),
                          number(rows, row, "rows_locked")};
  }
}

struct Filter {
  const char* name;  // as MariaDB's variable and, in capitals, MySQL's table call it
  std::string ReplicationFilters::*field;
};
constexpr Filter kFilters[] = {
    {"replicate_do_db", &ReplicationFilters::do_db},
    {"replicate_ignore_db", &ReplicationFilters::ignore_db},
    {"replicate_do_table", &ReplicationFilters::do_table},
    {"replicate_ignore_table", &ReplicationFilters::ignore_table},
    {"replicate_wild_do_table", &ReplicationFilters::wild_do_table},
    {"replicate_wild_ignore_table", &ReplicationFilters::wild_ignore_table},
};

}  // namespace

sys::Task<mysql::Answer<std::vector<Connection>>> look_at_connections(mysql::Session& session, TimePoint deadline) {
  auto list = co_await session.query(mysql::Dialect::process_list(), deadline);
  if (!list) co_return tl::unexpected(list.error());
  co_return read_process_list(*list, session.connection_id());
}

sys::Task<mysql::Answer<Activity>> look_at_activity(mysql::Session& session, TimePoint deadline) {
  auto connections = co_await look_at_connections(session, deadline);
  if (!connections) co_return tl::unexpected(connections.error());
  Activity activity;
  activity.connections = std::move(*connections);
  auto transactions = co_await session.query(mysql::Dialect::open_transactions(), deadline);
  if (transactions) {
    add_transactions(*transactions, activity);
  } else if (transactions.error().contact == mysql::Contact::error_packet) {
    activity.no_transactions = transactions.error().what;
  } else {
    co_return tl::unexpected(transactions.error());
  }
  co_return activity;
}

sys::Task<std::optional<ReplicationFilters>> replication_filters(mysql::Session& session,
                                                                 TimePoint deadline) {
  const mysql::Dialect dialect(parse_server_version(session.server_version()));
  const std::string sql = dialect.replication_filters();
  if (sql.empty()) co_return std::nullopt;
  auto rows = co_await session.query(sql, deadline);
  if (!rows) co_return std::nullopt;
  ReplicationFilters filters;
  for (const auto& row : rows->rows) {
    if (row.size() < 2 || !row[0]) continue;
    for (const Filter& filter : kFilters) {
      if (iequals(*row[0], filter.name)) filters.*filter.field = row[1].value_or("");
    }
  }
  co_return filters;
}

}  // namespace tanist::discovery

// What a simulated server says while its primary is switched: locks, read_only, who its clients are, how far
// it is.
#include <algorithm>

#include "base/text.h"
#include "gtid/mysql_gtid_set.h"
#include "server.h"
#include "sessions.h"

namespace tanist::sim {

using namespace std::chrono_literals;
using mysql::Dialect;
using mysql::Rows;

namespace {

mysql::Answer<Rows> error(int number, std::string what) {
  return tl::unexpected(mysql::Failure{mysql::Contact::error_packet, number, std::move(what)});
}

// 'first', 2, 3 of FUNCTION('first', 2, 3).
std::vector<std::string> arguments_of(const std::string& sql) {
  const size_t open = sql.find('(') + 1;
  std::vector<std::string> arguments;
  for (std::string& one : split(sql.substr(open, sql.find(") AS ") - open), ',')) {
    std::string word(trim(one));
    std::erase(word, '\'');
    arguments.push_back(std::move(word));
  }
  return arguments;
}

}  // namespace

Server::Reply Server::set_read_only(bool on, bool super, uint64_t conn) {
  if (!on && keeps_read_only) return {error(1205, "Lock wait timeout exceeded")};
  if (on && tables_locked && global_lock_ != conn) return {error(1205, "Lock wait timeout exceeded"), 1s};
  if (super) {
    super_read_only = on;
    read_only |= on;
  } else {
    read_only = on;
    super_read_only &= on;
  }
  world_.check_writers();
  return {Rows{}};
}

std::optional<Server::Reply> Server::blocking(Conn& conn, const std::string& sql) {
  for (bool on : {false, true}) {
    const bool super = dialect_.has_super_read_only() && sql == Dialect::set_super_read_only(on);
    if (sql != dialect_.set_read_only(on) && !super) continue;
    world_.act(name() + ": " + sql, true);
    return set_read_only(on, super, conn.id);
  }
  if (sql.starts_with("SET SESSION lock_wait_timeout = ")) return Reply{Rows{}};
  if (sql == Dialect::lock_everything() || sql == Dialect::unlock_everything() ||
      sql == Dialect::flush_tables()) {
    world_.act(name() + ": " + sql, true);
    if (tables_locked && sql != Dialect::unlock_everything())
      return Reply{error(1205, "Lock wait timeout exceeded"), 1s};
    if (sql == Dialect::lock_everything()) global_lock_ = conn.id;
    if (sql == Dialect::unlock_everything() && global_lock_ == conn.id) global_lock_ = 0;
    world_.check_writers();
    return Reply{Rows{}};
  }
  if (sql.starts_with("SET GLOBAL gtid_slave_pos = ") && mariadb()) {
    world_.act(name() + ": " + sql, true);
    return Reply{Rows{}};
  }
  return std::nullopt;
}

std::optional<Server::Reply> Server::activity(const std::string& sql) {
  Rows rows;
  if (sql == Dialect::process_list()) {
    rows.columns = {"Id", "User", "Host", "db", "Command", "Time", "State", "Info"};
    for (const auto& one : clients) {
      rows.rows.push_back({std::to_string(one.id), one.user, one.host, one.database, one.command,
                           std::to_string(one.seconds), one.state, one.statement});
    }
    return Reply{std::move(rows)};
  }
  if (sql == Dialect::open_transactions()) {
    rows.columns = {"connection", "seconds", "rows_modified", "rows_locked"};
    for (const auto& one : clients) {
      if (!one.transaction) continue;
      rows.rows.push_back({std::to_string(one.id), std::to_string(one.transaction->seconds),
                           std::to_string(one.transaction->rows_modified),
                           std::to_string(one.transaction->rows_locked)});
    }
    return Reply{std::move(rows)};
  }
  if (sql == dialect_.replication_filters() && !sql.empty()) {
    rows.columns = {"Variable_name", "Value"};
    rows.rows = {{"replicate_do_table", filters.do_table},
                 {"replicate_wild_ignore_table", filters.wild_ignore_table}};
    return Reply{std::move(rows)};
  }
  if (!sql.starts_with("KILL ")) return std::nullopt;
  world_.act(name() + ": " + sql, true);
  const auto killed =
      std::erase_if(clients, [&](const auto& one) { return sql == Dialect::end_connection(one.id); });
  return Reply{killed > 0 ? mysql::Answer<Rows>(Rows{}) : error(1094, "Unknown thread id")};
}

std::optional<Server::Reply> Server::waiting(const std::string& sql) {
  const std::vector<std::string> arguments = arguments_of(sql);
  if (arguments.empty()) return std::nullopt;
  const Duration limit = std::chrono::seconds(parse_uint(arguments.back()).value_or(0));
  const auto seconds = static_cast<unsigned>(parse_uint(arguments.back()).value_or(0));
  Rows rows;
  rows.columns = {"result"};
  rows.rows = {{"0"}};
  if (arguments.size() == 3) {
    const LogCoordinates place{arguments[0], parse_uint(arguments[1]).value_or(0)};
    if (sql == dialect_.wait_for_position(place, seconds)) {
      return Reply{rows, limit, [this, place] { return channel->executed >= place; }};
    }
  }
  std::vector<std::string> set(arguments.begin(), arguments.end() - 1);
  const std::string gtids = join(set, ",");
  if (mariadb() || sql != dialect_.wait_for_gtids(gtids, seconds)) return std::nullopt;
  return Reply{rows, limit, [this, gtids] {
                 auto have = gtid::GtidSet::parse(gtid_set()), want = gtid::GtidSet::parse(gtids);
                 return have && want && have->contains(*want);
               }};
}

}  // namespace tanist::sim

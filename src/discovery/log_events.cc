#include "discovery/log_events.h"

#include <algorithm>

#include "base/text.h"
#include "mysql/dialect.h"

namespace tanist::discovery {

using gtid::LogCoordinates;
using mysql::Rows;
using topology::LoggedEvent;

namespace {

uint64_t number(const Rows& rows, size_t row, std::string_view column) {
  return parse_uint(rows.get(row, column).value_or("")).value_or(0);
}

// Names and sizes, from that file on.
std::vector<LogCoordinates> files_from(const Rows& rows, const std::string& first) {
  std::vector<LogCoordinates> files;
  for (size_t row = 0; row < rows.rows.size(); ++row) {
    std::string name = rows.get(row, "Log_name").value_or("");
    if (name == first || !files.empty()) files.push_back({std::move(name), number(rows, row, "File_size")});
  }
  return files;
}

void add_events(const Rows& rows, std::vector<LoggedEvent>& events) {
  for (size_t row = 0; row < rows.rows.size(); ++row) {
    events.push_back({rows.get(row, "Log_name").value_or(""), number(rows, row, "Pos"),
                      rows.get(row, "Event_type").value_or(""), rows.get(row, "Info").value_or("")});
  }
}

}  // namespace

sys::Task<Result<std::vector<LoggedEvent>>> events_behind(mysql::Session& session, LogCoordinates place, size_t limit,
                                                          TimePoint deadline) {
  auto logs = co_await session.query("SHOW BINARY LOGS", deadline);
  if (!logs) co_return fail(Errc::io, logs.error().what);
  const std::vector<LogCoordinates> files = files_from(*logs, place.file);
  if (files.empty()) co_return fail(Errc::not_found, place.file + " is not among its binary logs any more");
  if (files.front().pos < place.pos) {
    co_return fail(Errc::not_found, place.file + " ends at " + std::to_string(files.front().pos) + ", before " +
                                        std::to_string(place.pos));
  }
  std::vector<LoggedEvent> events;
  for (const LogCoordinates& file : files) {
    const bool first = file.file == place.file;
    if (first && file.pos == place.pos) continue;
    std::string sql = "SHOW BINLOG EVENTS IN " + mysql::sql_literal(file.file) +
                      (first ? " FROM " + std::to_string(place.pos) : "") + " LIMIT " + std::to_string(limit);
    auto rows = co_await session.query(std::move(sql), deadline);
    if (!rows) co_return fail(Errc::io, rows.error().what);
    add_events(*rows, events);
  }
  co_return events;
}

}  // namespace tanist::discovery

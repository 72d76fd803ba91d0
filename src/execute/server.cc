#include "execute/server.h"

#include <fmt/format.h>

#include "base/text.h"
#include "discovery/activity.h"
#include "discovery/log_events.h"
#include "discovery/probe.h"

namespace tanist::execute {

namespace {

Error as_error(const mysql::Failure& failure, std::string_view doing) {
  Errc code = failure.contact == mysql::Contact::error_packet ? Errc::refused
              : failure.contact == mysql::Contact::timeout    ? Errc::timeout
                                                              : Errc::unreachable;
  return Error{code, failure.what, failure.number}.during(doing);
}

}  // namespace

sys::Task<Status> Server::connect(TimePoint deadline) {
  if (session_) co_return Status{};
  mysql::Endpoint endpoint{config_.ip, config_.port};
  mysql::Credentials who{config_.user, config_.password};
  auto session = co_await connector_.connect(endpoint, who, deadline);
  if (!session) co_return fail(as_error(session.error(), "connect to " + host_info()));
  session_ = std::move(*session);
  dialect_.emplace(parse_server_version(session_->server_version()));
  co_return Status{};
}

sys::Task<Result<mysql::Rows>> Server::query(std::string sql, std::string shown, TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  auto rows = co_await session_->query(std::move(sql), deadline);
  if (rows) co_return std::move(*rows);
  if (rows.error().contact != mysql::Contact::error_packet) session_.reset();
  co_return fail(as_error(rows.error(), fmt::format("{} on {}", shown, host_info())));
}

sys::Task<Status> Server::execute(std::string sql, TimePoint deadline) {
  std::string shown = sql;
  auto rows = co_await query(std::move(sql), std::move(shown), deadline);
  if (!rows) co_return fail(rows.error());
  co_return Status{};
}

sys::Task<Status> Server::wait_for_locks(unsigned seconds, TimePoint deadline) {
  Status done;
  for (int attempt = 0; attempt < 2; ++attempt) {
    done = co_await execute(mysql::Dialect::wait_for_locks(seconds), deadline);
    if (done || done.error().code != Errc::unreachable) break;
  }
  co_return done;
}

sys::Task<Result<uint64_t>> Server::number_of(std::string_view newest, TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  std::string sql = "SELECT @@GLOBAL." + dialect_->variable(newest) + " AS value";
  auto rows = co_await query(sql, sql, deadline);
  if (!rows) co_return fail(rows.error());
  auto number = parse_uint(rows->get(0, "value").value_or(""));
  if (!number) co_return fail(Errc::invalid, fmt::format("{} on {} gives no number", sql, host_info()));
  co_return *number;
}

sys::Task<Result<bool>> Server::lock(std::string name, unsigned wait_seconds, TimePoint deadline) {
  std::string sql = fmt::format("SELECT GET_LOCK({}, {}) AS result", mysql::sql_literal(name), wait_seconds);
  auto rows = co_await query(sql, sql, deadline);
  if (!rows) co_return fail(rows.error());
  co_return !rows->empty() && rows->get(0, "result") == "1";
}

sys::Task<Status> Server::unlock(std::string name, TimePoint deadline) {
  if (!session_) co_return Status{};  // the lock went with the connection
  std::string sql = fmt::format("SELECT RELEASE_LOCK({})", mysql::sql_literal(name));
  auto done = co_await execute(std::move(sql), deadline);
  co_return done;
}

sys::Task<Result<topology::ServerState>> Server::state(TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  auto seen = co_await discovery::probe(*session_, deadline);
  if (seen) co_return std::move(*seen);
  if (seen.error().contact != mysql::Contact::error_packet) session_.reset();
  co_return fail(as_error(seen.error(), "read the state of " + host_info()));
}

// The statement's text depends on the version, so the connection comes first.
sys::Task<Status> Server::say(Statement statement, TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  std::string sql = ((*dialect_).*statement)();
  auto done = co_await execute(std::move(sql), deadline);
  co_return done;
}

sys::Task<Status> Server::change_source(mysql::ChangeSource change, TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  std::string sql = dialect_->change_source(change);
  std::string shown = dialect_->change_source_masked(change);
  auto rows = co_await query(std::move(sql), std::move(shown), deadline);
  if (!rows) co_return fail(rows.error());
  co_return Status{};
}

sys::Task<Status> Server::set_read_only(bool on, TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  std::string sql = dialect_->set_read_only(on);
  auto done = co_await execute(std::move(sql), deadline);
  if (!done) co_return done;
  std::string check = "SELECT @@GLOBAL.read_only AS read_only";
  auto rows = co_await query(check, check, deadline);
  if (!rows) co_return fail(rows.error());
  if (rows->get(0, "read_only") == (on ? "1" : "0")) co_return Status{};
  co_return fail(Errc::conflict, fmt::format("{} is still {} after {}", host_info(), on ? "writable" : "read-only",
                                             dialect_->set_read_only(on)));
}

sys::Task<Result<topology::Activity>> Server::activity(TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  auto seen = co_await discovery::look_at_activity(*session_, deadline);
  if (seen) co_return std::move(*seen);
  if (seen.error().contact != mysql::Contact::error_packet) session_.reset();
  co_return fail(as_error(seen.error(), "see what the clients of " + host_info() + " do"));
}

sys::Task<Result<std::vector<topology::Connection>>> Server::connections(TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  auto seen = co_await discovery::look_at_connections(*session_, deadline);
  if (seen) co_return std::move(*seen);
  if (seen.error().contact != mysql::Contact::error_packet) session_.reset();
  co_return fail(as_error(seen.error(), "see the connections of " + host_info()));
}

sys::Task<std::optional<std::vector<std::string>>> Server::privileged_accounts(TimePoint deadline) {
  const std::string sql = mysql::Dialect::privileged_accounts();
  auto rows = co_await query(sql, sql, deadline);
  if (!rows) co_return std::nullopt;
  std::vector<std::string> names;
  for (size_t i = 0; i < rows->rows.size(); ++i) names.push_back(rows->get(i, "User").value_or(""));
  co_return names;
}

sys::Task<std::optional<bool>> Server::may_replicate(std::string user, TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return std::nullopt;
  auto answer = co_await discovery::may_replicate(*session_, std::move(user), deadline);
  co_return answer;
}

sys::Task<std::optional<topology::ReplicationFilters>> Server::replication_filters(TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return std::nullopt;
  auto answer = co_await discovery::replication_filters(*session_, deadline);
  co_return answer;
}

sys::Task<Result<std::vector<topology::LoggedEvent>>> Server::events_behind(gtid::LogCoordinates place, size_t limit,
                                                                            TimePoint deadline) {
  auto connected = co_await connect(deadline);
  if (!connected) co_return fail(connected.error());
  auto events = co_await discovery::events_behind(*session_, std::move(place), limit, deadline);
  co_return events;
}

}  // namespace tanist::execute

#include "mysql/mariadb_session.h"

#include <sys/socket.h>

#include "sys/reactor.h"

namespace tanist::mysql {

namespace {

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using ResultHandle = std::unique_ptr<MYSQL_RES, FreeResult>;

unsigned readiness_of(int mysql_wait) {
  return (mysql_wait & MYSQL_WAIT_READ ? sys::kReadable : 0U) | (mysql_wait & MYSQL_WAIT_WRITE ? sys::kWritable : 0U) |
         (mysql_wait & MYSQL_WAIT_EXCEPT ? sys::kExceptional : 0U);
}

int mysql_wait_of(unsigned readiness) {
  return (readiness & sys::kReadable ? MYSQL_WAIT_READ : 0) | (readiness & sys::kWritable ? MYSQL_WAIT_WRITE : 0) |
         (readiness & sys::kExceptional ? MYSQL_WAIT_EXCEPT : 0);
}

Rows as_rows(MYSQL_RES* result) {
  Rows rows;
  unsigned width = mysql_num_fields(result);
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < width; ++i) rows.columns.emplace_back(fields[i].name, fields[i].name_length);
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    auto& cells = rows.rows.emplace_back();
    for (unsigned i = 0; i < width; ++i) {
      cells.push_back(row[i] ? std::optional<std::string>(std::in_place, row[i], lengths[i]) : std::nullopt);
    }
  }
  return rows;
}

}  // namespace

MariadbSession::MariadbSession(sys::Reactor& reactor, Handle handle)
    : reactor_(reactor),
      handle_(std::move(handle)),
      version_(mysql_get_server_info(handle_.get())),
      id_(mysql_thread_id(handle_.get())) {}

// Closing says good-bye to a live server, so that it does not count an aborted client; a dead one is not waited for.
MariadbSession::~MariadbSession() {
  reactor_.interrupt(mysql_get_socket(handle_.get()));
  if (dead_) hang_up();
}

// What is still to be sent or read fails at once from here on.
void MariadbSession::hang_up() {
  dead_ = true;
  int fd = mysql_get_socket(handle_.get());
  if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
}

template <class GoOn>
sys::Task<bool> MariadbSession::finish(int wanted, GoOn go_on, TimePoint deadline) {
  while (wanted) {
    unsigned ready = co_await reactor_.ready(mysql_get_socket(handle_.get()), readiness_of(wanted), deadline);
    if (!ready) break;
    wanted = go_on(mysql_wait_of(ready));
  }
  if (!wanted) co_return true;
  // The library's call must come to its end, or what it holds is lost: with the line cut it does so by itself.
  hang_up();
  constexpr int kMostSteps = 100;
  for (int step = 0; wanted; ++step) {
    TANIST_CHECK(step < kMostSteps);
    wanted = go_on(MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_TIMEOUT);
  }
  co_return false;
}

sys::Task<bool> MariadbSession::store_result(MYSQL_RES** result, TimePoint deadline) {
  MYSQL* handle = handle_.get();
  int wanted = mysql_store_result_start(result, handle);
  auto go_on = [handle, result](int ready) { return mysql_store_result_cont(result, handle, ready); };
  co_return co_await finish(wanted, go_on, deadline);
}

Failure MariadbSession::failed() {
  Failure failure = query_failure(static_cast<int>(mysql_errno(handle_.get())), mysql_error(handle_.get()));
  if (failure.contact != Contact::error_packet) hang_up();
  return failure;
}

sys::Task<Answer<Rows>> MariadbSession::query(std::string sql, TimePoint deadline) {
  if (dead_) co_return tl::unexpected(Failure{Contact::lost, 0, "the connection was given up before"});
  MYSQL* handle = handle_.get();
  int error = 0;
  int wanted = mysql_real_query_start(&error, handle, sql.data(), sql.size());
  auto query_on = [handle, &error](int ready) { return mysql_real_query_cont(&error, handle, ready); };
  bool in_time = co_await finish(wanted, query_on, deadline);

  Rows rows;
  while (in_time && !error) {
    MYSQL_RES* raw = nullptr;
    in_time = co_await store_result(&raw, deadline);
    ResultHandle result(raw);
    if (!in_time) break;
    if (result) rows = as_rows(result.get());
    else if (mysql_errno(handle)) co_return tl::unexpected(failed());
    // A procedure's call has results after its own; none is left unread.
    if (!mysql_more_results(handle)) co_return rows;
    wanted = mysql_next_result_start(&error, handle);
    auto next_on = [handle, &error](int ready) { return mysql_next_result_cont(&error, handle, ready); };
    in_time = co_await finish(wanted, next_on, deadline);
  }
  co_return tl::unexpected(in_time ? failed() : query_timeout());
}

// Nothing may come on an idle connection but its end, or the error packet that announces it.
sys::Task<bool> MariadbSession::closed_before(TimePoint until) {
  if (dead_) co_return true;
  co_return co_await reactor_.readable(mysql_get_socket(handle_.get()), until);
}

}  // namespace tanist::mysql

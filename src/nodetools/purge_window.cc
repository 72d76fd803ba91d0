#include "nodetools/purge_window.h"

#include "base/text.h"

namespace tanist::nodetools {

namespace {

constexpr std::chrono::seconds kLockWithin{200};
constexpr std::chrono::seconds kStatementWithin{60};
constexpr uint64_t kUptimeIsExactTo = 3;  // seconds

std::string quoted_lock() { return "'" + std::string(kFailoverLock) + "'"; }

}  // namespace

Status WindowNote::write() { return files_.replace(path_, std::to_string(server_started_) + "\n", 0600); }

bool WindowNote::is_there() const {
  auto text = files_.read(path_);
  auto started = text ? parse_uint(trim(*text)) : std::nullopt;
  if (!started) return false;
  uint64_t apart = *started > server_started_ ? *started - server_started_ : server_started_ - *started;
  return apart <= kUptimeIsExactTo;
}

sys::Task<Result<PurgeWindow>> PurgeWindow::open(const MysqlClient& client) {
  // Whoever ends without the lock has switched nothing on, and leaves it as it is.
  auto session =
      MysqlConversation::start(client, "SET GLOBAL relay_log_purge = IF(IS_USED_LOCK(" + quoted_lock() +
                                           ") = CONNECTION_ID(), 0, @@GLOBAL.relay_log_purge);");
  if (!session) co_return fail(session.error());
  std::string seconds = std::to_string(kLockWithin.count());
  std::string lock = "SELECT GET_LOCK(" + quoted_lock() + ", " + seconds + ")";
  auto locked = co_await session->ask_value(lock, kLockWithin + kStatementWithin);
  if (!locked) co_return fail(locked.error());
  if (*locked != "1")
    co_return fail(Errc::conflict, "a failover or another purge holds the lock " + quoted_lock() + " for " +
                                       seconds + " seconds; nothing is purged");
  co_return PurgeWindow(std::move(*session));
}

sys::Task<Status> PurgeWindow::switch_on(std::string flush) {
  std::string on = "SET GLOBAL relay_log_purge = 1";
  auto done = co_await session_.ask(on, kStatementWithin);
  if (done) done = co_await session_.ask(flush, kStatementWithin);
  if (!done) co_return fail(done.error());
  co_return Status{};
}

sys::Task<Status> PurgeWindow::switch_off() {
  std::string off = "SET GLOBAL relay_log_purge = 0", ask = "SELECT @@GLOBAL.relay_log_purge";
  auto done = co_await session_.ask(off, kStatementWithin);
  if (!done) co_return fail(done.error());
  auto value = co_await session_.ask_value(ask, kStatementWithin);
  if (!value) co_return fail(value.error());
  if (*value != "0")
    co_return fail(Errc::conflict, "relay_log_purge is " + *value + " although we set it to 0");
  co_return Status{};
}

// The lock ends with the session.
sys::Task<Status> PurgeWindow::close() { co_return co_await session_.finish(); }

}  // namespace tanist::nodetools

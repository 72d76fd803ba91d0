#include "execute/write_block.h"

#include <fmt/format.h>

namespace tanist::execute {

using namespace std::chrono_literals;
using mysql::Dialect;
using plan::BlockBy;

namespace {
constexpr unsigned kLockWaitSeconds = 1;  // the server's unit; nobody can write meanwhile
constexpr Duration kLockLimit = 5s;       // such a statement may wait for several locks, one after another
constexpr Duration kStillFor = 200ms;     // reference 7, 12
constexpr Duration kLiftLimit = 3s;
constexpr int kLiftAttempts = 3;
}  // namespace

void WriteBlock::take_over(std::optional<topology::ServerState> stopped_at) {
  touched_ = true;
  read_only_set_ = by_ != BlockBy::nothing;
  stopped_at_ = std::move(stopped_at);
}

sys::Task<Status> WriteBlock::begin() {
  auto ready = co_await server_.wait_for_locks(kLockWaitSeconds, in(3s));
  if (!ready) co_return ready;
  touched_ = true;
  Status done;
  switch (by_) {
    case BlockBy::super_read_only:
      read_only_set_ = true;
      done = co_await server_.execute(Dialect::set_super_read_only(true), in(kLockLimit));
      break;
    case BlockBy::read_only:
      read_only_set_ = true;
      done = co_await server_.set_read_only(true, in(kLockLimit));
      break;
    case BlockBy::read_lock:
      done = co_await server_.execute(Dialect::lock_everything(), in(kLockLimit));
      lock_connection_ = server_.connection_id();
      break;
    case BlockBy::nothing:
      break;
  }
  if (!done) {
    co_return fail(
        Errc::conflict,
        fmt::format(
            "writes could not be stopped: {}. Somebody holds a lock there (LOCK TABLES, a backup, a long "
            "statement): see SHOW PROCESSLIST",
            done.error().what));
  }
  auto state = co_await server_.state(in(3s));
  if (!state) co_return fail(state.error());
  stopped_at_ = std::move(*state);
  if (by_ == BlockBy::nothing) done = co_await stand_still();
  co_return done;
}

sys::Task<Status> WriteBlock::stand_still() {
  co_await sys::sleep_for(world_.clock, kStillFor);
  auto later = co_await server_.state(in(3s));
  if (!later) co_return fail(later.error());
  co_return check_still(*later);
}

Status WriteBlock::check_still(const topology::ServerState& now) const {
  if (now.binlog_end == stopped_at_->binlog_end) return {};
  return fail(Errc::conflict,
              fmt::format("{} has been written to although it was not to be: its log was at {} and is at {}",
                          server_.host_info(), stopped_at_->binlog_end.text(), now.binlog_end.text()));
}

sys::Task<Status> WriteBlock::prove() {
  if (by_ == BlockBy::read_lock && server_.connection_id() == lock_connection_) {
    read_only_set_ = true;
    auto done = co_await server_.set_read_only(true, in(3s));
    if (!done) co_return done;
  }
  auto now = co_await server_.state(in(3s));
  if (!now) co_return fail(now.error());
  auto still = check_still(*now);
  if (!still) co_return still;
  if (by_ == BlockBy::read_lock && server_.connection_id() != lock_connection_) {
    co_return fail(Errc::conflict,
                   fmt::format("the connection that held the lock of {} was lost", server_.host_info()));
  }
  if (by_ != BlockBy::nothing && !now->read_only) {
    co_return fail(Errc::conflict,
                   fmt::format("somebody has set read_only = 0 on {} meanwhile", server_.host_info()));
  }
  co_return Status{};
}

sys::Task<Status> WriteBlock::release_lock() {
  Status done;
  if (lock_connection_ != 0 && server_.connection_id() == lock_connection_) {
    done = co_await server_.execute(Dialect::unlock_everything(), in(3s));
  }
  lock_connection_ = 0;
  co_return done;
}

// What was asked for and got no answer may have been done all the same: the server is told again, and asked.
sys::Task<Status> WriteBlock::lift() {
  if (!touched_) co_return Status{};
  Status done = co_await release_lock();  // a connection that was lost has taken the lock with it
  for (int attempt = 0; attempt < kLiftAttempts; ++attempt) {
    done = co_await give_writes_back();
    if (done) break;
    co_await sys::sleep_for(world_.clock, 100ms);
  }
  if (done) touched_ = false;
  co_return done;
}

sys::Task<Status> WriteBlock::give_writes_back() {
  Status done;
  if (!read_only_set_) co_return done;
  if (!was_read_only_) {
    done = co_await server_.set_writable(in(kLiftLimit));
  } else if (!was_super_ && by_ == BlockBy::super_read_only) {
    done = co_await server_.execute(Dialect::set_super_read_only(false), in(kLiftLimit));
  }
  co_return done;
}

}  // namespace tanist::execute

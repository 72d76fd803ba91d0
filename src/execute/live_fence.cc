#include "execute/live_fence.h"

#include <fmt/format.h>

#include <algorithm>

#include "execute/clients.h"
#include "plan/activity.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using mysql::Dialect;
using plan::RungOutcome;
using plan::RungResult;

namespace {
constexpr unsigned kLockSeconds = 5;   // the server's unit: whose commit hangs, holds a lock until he is ended
constexpr Duration kLimit = 8s;
constexpr Duration kBetween = 200ms;
constexpr int kLooks = 3;  // at whoever is connected, one after another
}  // namespace

sys::Task<RungResult> LiveFence::close(Duration patience) {
  auto found = co_await look(in(patience));
  if (!found) co_return RungResult{RungOutcome::failed, found.error().what};
  was_read_only_ = found->read_only;
  was_super_ = found->super;
  touched_ = true;

  Status done;
  bool ended = false;
  std::vector<sys::Task<void>> both;
  both.push_back(set_read_only(done, ended));
  both.push_back(end_clients_until(ended));
  co_await sys::when_all(std::move(both));
  if (!done) co_return RungResult{RungOutcome::failed, done.error().what};

  auto now = co_await look(in(3s));
  if (!now) co_return RungResult{RungOutcome::unproven, now.error().what};
  if (!is_closed(*now)) {
    co_return RungResult{RungOutcome::unproven, "somebody has made it writable again meanwhile"};
  }
  RungResult result{RungOutcome::proven, "super_read_only is on, and its clients' connections were ended"};
  if (!has_super_) result = co_await look_for_the_privileged();
  closed_ = result.outcome == RungOutcome::proven;
  co_return result;
}

// A server whose commits hang gives the lock for it only once those who commit are ended.
sys::Task<void> LiveFence::set_read_only(Status& done, bool& ended) {
  done = co_await primary_.wait_for_locks(kLockSeconds, in(3s));
  if (done && has_super_) done = co_await primary_.execute(Dialect::set_super_read_only(true), in(kLimit));
  if (done && !has_super_) done = co_await primary_.set_read_only(true, in(kLimit));
  ended = true;
}

sys::Task<void> LiveFence::end_clients_until(const bool& ended) {
  for (bool last = false; !last;) {
    last = ended;  // once more behind it
    Status gone = co_await end_clients(world_, ender_, Whom::everybody, primary_.connection_id());
    if (!gone) world_.log.warning(gone.error().what);
    if (!last) co_await sys::sleep_for(world_.clock, kBetween);
  }
}

// read_only does not bind everybody.
sys::Task<RungResult> LiveFence::look_for_the_privileged() {
  auto accounts = co_await primary_.privileged_accounts(in(3s));
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) co_await sys::sleep_for(world_.clock, kBetween);
    auto connections = co_await primary_.connections(in(3s));
    if (!connections) co_return RungResult{RungOutcome::unproven, connections.error().what};
    for (const topology::Connection& one : *connections) {
      const bool privileged =
          !accounts || std::find(accounts->begin(), accounts->end(), one.user) != accounts->end();
      if (one.id == ender_.connection_id() || !plan::is_client(one) || one.command == "Killed" || !privileged) continue;
      co_return RungResult{RungOutcome::unproven,
                           fmt::format("read_only is on, but {} from {} may write all the same and is connected", one.user,
                                       one.host)};
    }
  }
  co_return RungResult{RungOutcome::proven,
                       "read_only is on, its clients' connections were ended, and nobody came back who may write through it"};
}

sys::Task<Result<LiveFence::ReadOnly>> LiveFence::look(TimePoint deadline) {
  ReadOnly now;
  auto read_only = co_await primary_.number_of("read_only", deadline);
  if (!read_only) co_return fail(read_only.error());
  now.read_only = *read_only != 0;
  has_super_ = primary_.dialect().has_super_read_only();
  if (!has_super_) co_return now;
  auto super = co_await primary_.number_of("super_read_only", deadline);
  if (!super) co_return fail(super.error());
  now.super = *super != 0;
  co_return now;
}

sys::Task<Status> LiveFence::check_closed() {
  auto now = co_await look(in(1s));
  if (!now || is_closed(*now)) co_return Status{};
  co_return fail(Errc::conflict, fmt::format("somebody has made {} writable again", primary_.host_info()));
}

sys::Task<Status> LiveFence::open_again() {
  Status done;
  if (!touched_) co_return done;
  if (!was_read_only_) {
    done = co_await primary_.set_writable(in(3s));
  } else if (has_super_ && !was_super_) {
    done = co_await primary_.execute(Dialect::set_super_read_only(false), in(3s));
  }
  if (done) touched_ = closed_ = false;
  co_return done;
}

}  // namespace tanist::execute

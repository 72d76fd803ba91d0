#include "sys/reactor.h"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/result.h"
#include "sys/workers.h"

namespace tanist::sys {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

namespace {
// Of descriptors or threads none is left to the process: asked for again until the deadline.
constexpr Duration kScarce = std::chrono::milliseconds(10);
}  // namespace

struct Reactor::Impl {
  // All timers share one Asio timer, armed for the earliest: a deadline that never fires costs two map operations.
  using Timers = std::map<std::pair<TimePoint, TimerId>, std::function<void()>>;

  struct SignalWatch {
    SignalWatch(asio::io_context& io, int number, std::function<void()> call)
        : set(io, number), callback(std::move(call)) {}
    void arm() {
      set.async_wait([this](const error_code& error, int) {
        if (error) return;
        arm();
        callback();
      });
    }
    asio::signal_set set;
    std::function<void()> callback;
  };

  // One wait on a descriptor. Each has a duplicate of its own: two tasks may wait for the two directions of one socket,
  // and the end of one wait (closing its duplicate) cannot disturb the other.
  struct Wait {
    Descriptor descriptor;
    Completion<unsigned> done;
  };

  // How a thread that may outlive the loop tells it something.
  struct Mailbox {
    std::mutex mutex;
    asio::io_context* io;
    void post(std::function<void()> what) {
      std::lock_guard lock(mutex);
      if (io) asio::post(*io, std::move(what));
    }
  };

  asio::io_context io{1};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  Workers workers;
  asio::steady_timer timer{io};
  Timers timers;
  std::unordered_map<TimerId, TimePoint> times;
  TimerId last_timer = 0;
  std::optional<int> exit_code;
  std::vector<std::unique_ptr<SignalWatch>> signals;
  std::unordered_multimap<int, std::shared_ptr<Wait>> waits;

  void arm_timer() {
    if (timers.empty()) {
      timer.cancel();
      return;
    }
    timer.expires_at(std::chrono::steady_clock::time_point(timers.begin()->first.first.time_since_epoch()));
    timer.async_wait([this](const error_code& error) {
      if (!error) run_due_timers();
    });
  }

  // Those due now, no later ones, so that callbacks which set timers for "now" cannot starve descriptors.
  void run_due_timers() {
    std::pair<TimePoint, TimerId> limit(TimePoint(std::chrono::steady_clock::now().time_since_epoch()), last_timer);
    while (!timers.empty() && timers.begin()->first <= limit) {
      auto due = timers.extract(timers.begin());
      times.erase(due.key().second);
      due.mapped()();
    }
    arm_timer();
  }
};

Reactor::Reactor() : impl_(std::make_unique<Impl>()) {
  impl_->mailbox->io = &impl_->io;
  std::signal(SIGPIPE, SIG_IGN);
}
Reactor::~Reactor() {
  std::lock_guard lock(impl_->mailbox->mutex);
  impl_->mailbox->io = nullptr;
}

TimePoint Reactor::now() const { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); }

WallTime Reactor::wall_now() const {
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
}

Clock::TimerId Reactor::call_at(TimePoint when, std::function<void()> callback) {
  TimerId id = ++impl_->last_timer;
  when = std::max(when, now());
  auto added = impl_->timers.emplace(std::pair(when, id), std::move(callback)).first;
  impl_->times.emplace(id, when);
  if (added == impl_->timers.begin()) impl_->arm_timer();
  return id;
}

void Reactor::cancel(TimerId timer) {
  auto found = impl_->times.find(timer);
  if (found == impl_->times.end()) return;
  impl_->timers.erase(std::pair(found->second, timer));
  impl_->times.erase(found);
}

Task<unsigned> Reactor::ready(int fd, unsigned wanted, TimePoint deadline) {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  while (copy < 0 && errno == EMFILE && now() < deadline) {
    co_await sleep_for(*this, kScarce);
    copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  }
  if (copy < 0 && errno == EMFILE) co_return 0;
  TANIST_CHECK(copy >= 0);
  auto wait = std::make_shared<Impl::Wait>(Descriptor(impl_->io, copy));
  Completion<unsigned> done = wait->done;
  constexpr std::pair<unsigned, Descriptor::wait_type> kKinds[] = {
      {kReadable, Descriptor::wait_read}, {kWritable, Descriptor::wait_write}, {kExceptional, Descriptor::wait_error}};
  for (auto [kind, asio_kind] : kKinds) {
    if (!(wanted & kind)) continue;
    wait->descriptor.async_wait(asio_kind, [done, kind = kind](const error_code& error) {
      if (error != asio::error::operation_aborted) done.set(kind);
    });
  }
  TimerId timer = call_at(deadline, [done] { done.set(0U); });
  auto listed = impl_->waits.emplace(fd, wait);
  unsigned found = co_await done;
  impl_->waits.erase(listed);
  cancel(timer);
  error_code ignored;
  wait->descriptor.close(ignored);
  co_return found;
}

void Reactor::interrupt(int fd) {
  auto [first, last] = impl_->waits.equal_range(fd);
  for (auto wait = first; wait != last; ++wait) {
    error_code ignored;
    wait->second->descriptor.close(ignored);
    call_at(now(), [done = wait->second->done] { done.set(0U); });
  }
}

Task<bool> Reactor::readable(int fd, TimePoint deadline) { co_return co_await ready(fd, kReadable, deadline) != 0; }
Task<bool> Reactor::writable(int fd, TimePoint deadline) { co_return co_await ready(fd, kWritable, deadline) != 0; }

void Reactor::on_signal(int signal, std::function<void()> callback) {
  impl_->signals.push_back(std::make_unique<Impl::SignalWatch>(impl_->io, signal, std::move(callback)));
  impl_->signals.back()->arm();
}

Task<bool> Reactor::beside(std::function<void()> work, TimePoint deadline) {
  Completion<bool> done;
  std::function<void()> all = [done, work = std::move(work), mailbox = impl_->mailbox]() mutable {
    work();
    work = nullptr;
    mailbox->post([done] { done.set(true); });
  };
  bool begun = impl_->workers.run(all);
  while (!begun && now() < deadline) {
    co_await sleep_for(*this, kScarce);
    begun = impl_->workers.run(all);
  }
  if (!begun) co_return false;
  TimerId timer = call_at(deadline, [done] { done.set(false); });
  bool ended = co_await done;
  cancel(timer);
  co_return ended;
}

void Reactor::end(int exit_code) {
  if (!impl_->exit_code) impl_->exit_code = exit_code;
  impl_->io.stop();
}

int Reactor::run(Task<int> main) {
  auto drive = [](Reactor& self, Task<int>& task) -> Task<void> { self.end(co_await std::move(task)); };
  auto keep_going = asio::make_work_guard(impl_->io);
  impl_->io.restart();
  impl_->exit_code.reset();
  Task<void> driving = drive(*this, main);
  driving.await_suspend(std::noop_coroutine()).resume();
  if (!impl_->exit_code) impl_->io.run();
  return *impl_->exit_code;
}

}  // namespace tanist::sys

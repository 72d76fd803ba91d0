#include "remote/warm_host.h"

#include "remote/options.h"

namespace tanist::remote {

using namespace std::chrono_literals;

namespace {
constexpr Duration kHeardIsFresh = 1s;
// A host that does not return a line in this time is tried with a new connection: after a cut, TCP would wait
// much longer before it sends the old one's bytes again.
constexpr Duration kPingLimit = 1s;
}  // namespace

sys::Task<Result<std::shared_ptr<Connection>>> WarmHost::connection(TimePoint deadline) {
  while (attempt_running_) {
    bool ended = co_await attempt_ended_.wait_until(deadline);
    if (!ended) co_return fail(Errc::timeout, "ssh to " + to_text(host_) + ": no answer in time");
    // The one who tried may have had less time than we have.
    if (!last_attempt_ && last_attempt_.error().code != Errc::timeout) co_return fail(last_attempt_.error());
    if (last_attempt_ && current_) co_return current_;
  }
  if (current_ && heard_ != TimePoint::min() && clock_.now() - heard_ < kHeardIsFresh) co_return current_;
  attempt_running_ = true;
  attempt_ended_.clear();
  last_attempt_ = co_await make_sure(deadline);
  attempt_running_ = false;
  attempt_ended_.set();
  if (!last_attempt_) co_return fail(last_attempt_.error());
  co_return current_;
}

sys::Task<Status> WarmHost::make_sure(TimePoint deadline) {
  if (current_) {
    auto answered = co_await current_->ping(std::min(deadline, clock_.now() + kPingLimit));
    if (answered) {
      heard();
      co_return Status{};
    }
    current_.reset();
    if (clock_.now() >= deadline) co_return answered;
  }
  // A new name each time: the old one's process may still sit on its socket.
  std::string socket = socket_prefix_ + std::to_string(++opened_);
  auto opened = co_await Connection::open(processes_, host_, socket, deadline);
  if (!opened) co_return fail(opened.error());
  current_ = std::move(*opened);
  heard();
  co_return Status{};
}

sys::Task<void> WarmHost::close(TimePoint deadline) {
  auto last = std::exchange(current_, nullptr);
  if (last) co_await last->close(deadline);
}

}  // namespace tanist::remote

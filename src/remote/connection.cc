#include "remote/connection.h"

#include "remote/options.h"
#include "remote/own_status.h"

namespace tanist::remote {

namespace {

constexpr const char* kReady = "tanist is in";

}  // namespace

sys::Task<Result<std::shared_ptr<Connection>>> Connection::open(sys::Processes& processes, Host host,
                                                                std::string socket, TimePoint deadline) {
  sys::ProcessSpec spec;
  spec.argv = holder_argv(host, socket, std::string("echo ") + kReady + "; exec cat");
  spec.deadline = TimePoint::max();
  auto holder = processes.start(std::move(spec));
  if (!holder) co_return fail(holder.error());
  std::shared_ptr<Connection> connection(new Connection(std::move(*holder), socket, to_text(host)));
  auto in = co_await connection->wait_for_line(kReady, deadline);
  if (!in) co_return fail(in.error().during("ssh to " + connection->name_));
  co_return connection;
}

sys::Task<Status> Connection::ping(TimePoint deadline) {
  std::string line = "ping " + std::to_string(++pings_);
  auto sent = co_await holder_->write(line + "\n", deadline);
  // When it cannot be written to, reading says why.
  Status answered = co_await wait_for_line(line, deadline);
  if (!answered) co_return fail(answered.error().during("ssh to " + name_));
  co_return sent;
}

sys::Task<void> Connection::close(TimePoint deadline) {
  holder_->close_stdin();
  co_await holder_->wait(deadline);
}

sys::Task<Status> Connection::wait_for_line(std::string line, TimePoint deadline) {
  for (;;) {
    auto got = co_await holder_->read_line(deadline);
    if (got && *got == line) co_return Status{};
    if (got) continue;
    if (got.error().code == Errc::timeout) co_return fail(Errc::timeout, "no answer in time");
    auto why = co_await why_it_ended(deadline);
    co_return fail(why);
  }
}

sys::Task<Error> Connection::why_it_ended(TimePoint deadline) {
  auto status = co_await holder_->wait(deadline);
  std::string reason = last_line(holder_->errors());
  if (reason.empty() && status.ended_by_us) reason = "the connection ended";
  if (reason.empty()) reason = "ended with code " + std::to_string(status.code);
  co_return Error{Errc::unreachable, reason};
}

}  // namespace tanist::remote

#include "http/stream.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace tanist::http {

namespace {

constexpr size_t kMostLingered = 1 << 20;

class PlainLine : public Line {
 public:
  explicit PlainLine(int fd) : fd_(fd) {}
  Try greet() override { return {Try::What::done, 0}; }
  Try read(std::span<char> into) override {
    return outcome(::recv(fd_, into.data(), into.size(), MSG_DONTWAIT), Try::What::wants_read);
  }
  Try write(std::string_view bytes) override {
    return outcome(::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL), Try::What::wants_write);
  }
  void end_writing() override { ::shutdown(fd_, SHUT_WR); }

 private:
  static Try outcome(ssize_t count, Try::What wanted) {
    if (count > 0) return {Try::What::done, static_cast<size_t>(count)};
    if (count == 0) return {Try::What::ended, 0};
    if (errno == EAGAIN || errno == EINTR) return {wanted, 0};
    return {Try::What::failed, 0};
  }

  int fd_;
};

}  // namespace

std::unique_ptr<Line> plain_line(int fd) { return std::make_unique<PlainLine>(fd); }

sys::Task<bool> Stream::wait(Try::What wanted, TimePoint deadline) {
  if (interrupted_) co_return false;
  const unsigned what = wanted == Try::What::wants_write ? sys::kWritable : sys::kReadable;
  const unsigned found = co_await reactor_.ready(socket_.get(), what, deadline);
  co_return found != 0 && !interrupted_;
}

sys::Task<Status> Stream::greet(TimePoint deadline) {
  for (;;) {
    const Try tried = line_->greet();
    if (tried.what == Try::What::done) co_return Status{};
    if (tried.what == Try::What::failed || tried.what == Try::What::ended) co_return fail(Errc::refused, "no TLS was agreed on");
    if (!co_await wait(tried.what, deadline)) co_return fail(Errc::timeout, "no TLS was agreed on in time");
  }
}

sys::Task<Result<std::string>> Stream::read(TimePoint deadline) {
  std::array<char, 8192> buffer;
  for (;;) {
    const Try tried = line_->read(buffer);
    if (tried.what == Try::What::done) co_return std::string(buffer.data(), tried.bytes);
    if (tried.what == Try::What::ended) co_return std::string();
    if (tried.what == Try::What::failed) co_return fail(Errc::unreachable, "the connection broke");
    if (!co_await wait(tried.what, deadline)) co_return fail(Errc::timeout, "nothing came in time");
  }
}

sys::Task<Status> Stream::write(std::string bytes, TimePoint deadline) {
  std::string_view left = bytes;
  while (!left.empty()) {
    const Try tried = line_->write(left);
    if (tried.what == Try::What::done) {
      left.remove_prefix(tried.bytes);
      continue;
    }
    if (tried.what == Try::What::failed || tried.what == Try::What::ended) co_return fail(Errc::unreachable, "the connection broke");
    if (!co_await wait(tried.what, deadline)) co_return fail(Errc::timeout, "it was not taken in time");
  }
  co_return Status{};
}

sys::Task<void> Stream::linger(TimePoint deadline) {
  line_->end_writing();
  for (size_t taken = 0; taken < kMostLingered;) {
    auto bytes = co_await read(deadline);
    if (!bytes || bytes->empty()) co_return;
    taken += bytes->size();
  }
}

bool Stream::other_side_left() {
  std::array<char, 1024> ignored;
  const Try tried = line_->read(ignored);
  return tried.what == Try::What::ended || tried.what == Try::What::failed;
}

void Stream::interrupt() {
  interrupted_ = true;
  reactor_.interrupt(socket_.get());
}

}  // namespace tanist::http

// The bytes of one connection, plain or TLS, with a deadline for each wait.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/reactor.h"
#include "sys/unique_fd.h"

namespace tanist::http {

// One try, which never waits.
struct Try {
  enum class What { done, ended, wants_read, wants_write, failed };
  What what = What::failed;
  size_t bytes = 0;  // of `done`
};

class Line {
 public:
  virtual ~Line() = default;
  virtual Try greet() = 0;  // until it is `done` nothing else is tried
  virtual Try read(std::span<char> into) = 0;
  virtual Try write(std::string_view bytes) = 0;
  virtual void end_writing() = 0;
};
std::unique_ptr<Line> plain_line(int fd);

class Stream {
 public:
  Stream(sys::Reactor& reactor, sys::UniqueFd socket, std::unique_ptr<Line> line)
      : reactor_(reactor), socket_(std::move(socket)), line_(std::move(line)) {}

  sys::Task<Status> greet(TimePoint deadline);
  // Some bytes; empty: the other side has ended. Errc::timeout, Errc::unreachable.
  sys::Task<Result<std::string>> read(TimePoint deadline);
  sys::Task<Status> write(std::string bytes, TimePoint deadline);
  // Ends our side, and takes what the other still sends: else it might never see what we wrote last.
  sys::Task<void> linger(TimePoint deadline);
  bool other_side_left();  // seen without waiting

  // From any other task: whatever is waited for is given up.
  void interrupt();

 private:
  sys::Task<bool> wait(Try::What wanted, TimePoint deadline);

  sys::Reactor& reactor_;
  sys::UniqueFd socket_;
  std::unique_ptr<Line> line_;
  bool interrupted_ = false;
};

}  // namespace tanist::http

// One multiplexed connection, held open by a child process of ours: ssh with a remote `cat`. The pipe to that
// cat is all we need of it. Its first line back says that we are in; a line sent and received says that the
// host still answers; and when we end, however we end, the pipe closes, cat ends, ssh ends. Nothing is left
// on any host.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "remote/shell.h"
#include "sys/clock.h"

namespace tanist::remote {

class Connection {
 public:
  // Errc::unreachable with ssh's own words, or Errc::timeout.
  static sys::Task<Result<std::shared_ptr<Connection>>> open(sys::Processes& processes, Host host,
                                                             std::string socket, TimePoint deadline);

  const std::string& socket() const { return socket_; }
  // One line there and back. One at a time.
  sys::Task<Status> ping(TimePoint deadline);
  // Lets the ssh process end by itself, so that it closes properly; kills it at the deadline.
  sys::Task<void> close(TimePoint deadline);

 private:
  Connection(std::unique_ptr<sys::Child> holder, std::string socket, std::string name)
      : holder_(std::move(holder)), socket_(std::move(socket)), name_(std::move(name)) {}
  // Skips what login scripts may print.
  sys::Task<Status> wait_for_line(std::string line, TimePoint deadline);
  sys::Task<Error> why_it_ended(TimePoint deadline);

  std::unique_ptr<sys::Child> holder_;
  std::string socket_;
  std::string name_;
  uint64_t pings_ = 0;
};

}  // namespace tanist::remote

// The way to one host: its connection, opened when first wanted, asked whether it still answers before it is
// used, and opened anew when it does not. A connection that stopped answering is not torn down: what runs
// over it may live on (a stand-in behind a short cut of the network); it ends with its last user.
#pragma once

#include <memory>
#include <string>

#include "remote/connection.h"
#include "sys/task.h"

namespace tanist::remote {

class WarmHost {
 public:
  WarmHost(sys::Processes& processes, sys::Clock& clock, Host host, std::string socket_prefix)
      : processes_(processes),
        clock_(clock),
        host_(std::move(host)),
        socket_prefix_(std::move(socket_prefix)),
        attempt_ended_(clock) {}

  // Whoever asks while another asks shares the answer.
  sys::Task<Result<std::shared_ptr<Connection>>> connection(TimePoint deadline);
  // Somebody heard from the host over the connection just now: it need not be asked again for a moment.
  void heard() { heard_ = clock_.now(); }
  // The next user asks first, whatever was heard.
  void doubt() { heard_ = TimePoint::min(); }
  sys::Task<void> close(TimePoint deadline);

 private:
  sys::Task<Status> make_sure(TimePoint deadline);

  sys::Processes& processes_;
  sys::Clock& clock_;
  Host host_;
  std::string socket_prefix_;
  int opened_ = 0;
  std::shared_ptr<Connection> current_;
  TimePoint heard_ = TimePoint::min();
  bool attempt_running_ = false;
  Status last_attempt_;
  sys::Event attempt_ended_;
};

}  // namespace tanist::remote

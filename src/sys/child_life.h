// Who of our children is alive, and how the others ended. Inside of sys.
#pragma once

#include <memory>
#include <vector>

#include "sys/process.h"
#include "sys/reactor.h"

namespace tanist::sys {

class ChildLife : public std::enable_shared_from_this<ChildLife> {
 public:
  ChildLife(Clock& clock, int pid) : clock_(clock), pid_(pid), ended_(clock) {}

  int pid() const { return pid_; }
  bool over() const { return over_; }
  const ExitStatus& status() const { return status_; }
  // Kills its whole process group; nothing once it is over, when the number may belong to somebody else.
  void kill_group();
  // Waits for the end, which is brought about at the deadline. A process that the kernel cannot end (stuck in a dead
  // disk) is given up a little later.
  Task<ExitStatus> end_by(TimePoint deadline);

 private:
  friend class Nursery;
  void kill_at(TimePoint deadline);
  bool reap();

  Clock& clock_;
  int pid_;
  bool over_ = false;
  ExitStatus status_;
  Event ended_;
  Clock::TimerId kill_timer_ = 0;
};

// SIGCHLD says only that somebody ended (several may become one signal), so all are asked. A pidfd would be nicer, but
// the kernels of old database hosts have none.
class Nursery {
 public:
  explicit Nursery(Clock& clock) : clock_(clock) {}
  // From now on it is killed at the deadline.
  std::shared_ptr<ChildLife> adopt(int pid, TimePoint deadline);
  void reap();
  void kill_all();

 private:
  Clock& clock_;
  std::vector<std::shared_ptr<ChildLife>> alive_;
};

}  // namespace tanist::sys

// The event loop of a process: its clock, its waits on file descriptors, its signals. Boost.Asio does the work; no
// header says so, because Asio costs seconds in every file that sees it.
//
//   sys::Reactor reactor;
//   return reactor.run(serve(reactor, ...));   // Task<int>: the exit code
#pragma once

#include <functional>
#include <memory>

#include "sys/clock.h"
#include "sys/task.h"

namespace tanist::sys {

// What a wait is for, and what it found; a closed or broken descriptor counts as everything that was asked for.
enum Readiness : unsigned { kReadable = 1, kWritable = 2, kExceptional = 4 };

class Reactor : public Clock {
 public:
  Reactor();  // also makes the process survive writing to a closed pipe (SIGPIPE)
  ~Reactor() override;

  TimePoint now() const override;
  WallTime wall_now() const override;
  TimerId call_at(TimePoint when, std::function<void()> callback) override;
  void cancel(TimerId timer) override;

  // Which of the asked-for conditions came true before the deadline; 0 if none did. The descriptor becomes
  // non-blocking and must stay open until the wait ends. Regular files cannot be waited for.
  Task<unsigned> ready(int fd, unsigned wanted, TimePoint deadline);
  Task<bool> readable(int fd, TimePoint deadline);
  Task<bool> writable(int fd, TimePoint deadline);
  // Ends all waits on this descriptor as if their deadline had come: before closing what somebody may wait for.
  void interrupt(int fd);

  // Calls back from the loop each time the signal arrived (several arrivals may become one); as long as we live.
  void on_signal(int signal, std::function<void()> callback);

  // For library calls that can only block: runs `work` in a thread beside the loop. False if the deadline came first; the
  // thread then goes on alone, so `work` must own all it touches.
  Task<bool> beside(std::function<void()> work, TimePoint deadline);

  // Runs the loop until the main task ends, or end() was called: the main task is then taken down where it waits, and
  // whatever it holds is released by its destructors. Other tasks that are still waiting are abandoned.
  int run(Task<int> main);
  void end(int exit_code);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tanist::sys

// Sends notices beside everything else: who hands one in never waits for it. What cannot be sent is tried again, later and
// later; what came behind it waits, so that nobody reads of the end before the beginning.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "notify/way.h"
#include "sys/log.h"
#include "sys/task.h"

namespace tanist::notify {

class Post {
 public:
  // `manager`, the log and the others must outlive it, and stop() be awaited before its end.
  Post(sys::Clock& clock, sys::Processes& processes, sys::Log& log);

  void send(const Way& way, Notice notice);

  // What is being sent has its time to end; what waits to be tried again gets one more try.
  sys::Task<void> stop();

 private:
  struct Lane {
    Way way;
    std::deque<Notice> waiting;
    bool busy = false;
    size_t dropped = 0;
  };
  sys::Task<void> empty(Lane* lane);
  sys::Task<bool> deliver(const Lane& lane, const Notice& notice);
  sys::Task<Status> try_once(Way way, Notice notice);

  sys::Clock& clock_;
  sys::Processes& processes_;
  sys::Log& log_;
  sys::Event stopping_;
  sys::TaskGroup sending_;
  std::map<std::string, Lane> lanes_;  // by cluster, kind and target: one that hangs holds up no other
};

}  // namespace tanist::notify

// Closes a primary that still answers: nobody may write, whoever is connected is disconnected, and it says so itself.
// It can be opened again as long as nobody else takes writes.
#pragma once

#include "execute/server.h"
#include "execute/world.h"
#include "plan/fence_ladder.h"

namespace tanist::execute {

class LiveFence {
 public:
  LiveFence(World& world, const config::ServerConfig& primary)
      : world_(world), primary_(world.clock, world.mysql, primary), ender_(world.clock, world.mysql, primary) {}

  // `patience`: for its first answer.
  sys::Task<plan::RungResult> close(Duration patience);
  // It takes writes no more; or it is, perhaps, not as it was found.
  bool closed() const { return closed_; }
  bool touched() const { return touched_; }
  // A manager that has died had begun to close it, and found it writable.
  void take_over() { touched_ = closed_ = true; }
  // It is still as close() left it, or answers nobody.
  sys::Task<Status> check_closed();
  // As it was found.
  sys::Task<Status> open_again();

 private:
  sys::Task<void> set_read_only(Status& done, bool& ended);
  sys::Task<void> end_clients_until(const bool& ended);
  sys::Task<plan::RungResult> look_for_the_privileged();
  // Whether both are on; by two variables alone, because what tells more may wait for those whose commits hang.
  struct ReadOnly {
    bool read_only = false, super = false;
  };
  sys::Task<Result<ReadOnly>> look(TimePoint deadline);
  bool is_closed(const ReadOnly& now) const { return now.read_only && (!has_super_ || now.super); }
  TimePoint in(Duration limit) const { return world_.clock.now() + limit; }

  World& world_;
  Server primary_, ender_;  // one waits for locks that the other one's victims hold
  bool closed_ = false, touched_ = false;
  bool was_read_only_ = false, was_super_ = false;
  bool has_super_ = false;
};

}  // namespace tanist::execute

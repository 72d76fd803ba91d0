// Keeps a living primary from taking writes, provably, until its clients write elsewhere; or gives them back.
// By the global read lock nothing outlives this process: if it dies, the lock goes with its connection, and
// read_only is set only when the new primary is about to take over.
#pragma once

#include "execute/server.h"
#include "execute/world.h"
#include "plan/switchover.h"

namespace tanist::execute {

class WriteBlock {
 public:
  // `found`: what it is set back to.
  WriteBlock(World& world, Server& server, plan::BlockBy by, const topology::ServerState& found)
      : world_(world),
        server_(server),
        by_(by),
        was_read_only_(found.read_only),
        was_super_(found.super_read_only) {}

  // Writes were stopped by a manager that has died; where the log stood then, if that is known. The lock went with it.
  void take_over(std::optional<topology::ServerState> stopped_at);

  // Waits for other people's locks for a moment only. When it fails, lift() is still to be called.
  sys::Task<Status> begin();
  // The end of its log, read when writes had stopped.
  const topology::ServerState& stopped_at() const { return *stopped_at_; }
  // Since begin() nobody has written, and from now on it is read-only: the last word before the new primary
  // is used.
  sys::Task<Status> prove();

  // The new primary takes writes: the lock goes, read_only stays.
  sys::Task<Status> release_lock();
  // Its log ends where it did. Whoever wrote since has written to a server that nobody follows.
  Status check_still(const topology::ServerState& now) const;
  // Everything as it was found, whatever was done.
  sys::Task<Status> lift();

 private:
  sys::Task<Status> stand_still();
  sys::Task<Status> give_writes_back();
  TimePoint in(Duration limit) const { return world_.clock.now() + limit; }

  World& world_;
  Server& server_;
  plan::BlockBy by_;
  bool was_read_only_, was_super_;
  bool touched_ = false;
  bool read_only_set_ = false;
  uint64_t lock_connection_ = 0;  // the one that holds the global read lock
  std::optional<topology::ServerState> stopped_at_;
};

}  // namespace tanist::execute

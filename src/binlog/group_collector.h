// Follows a run of events like GroupTracker, and keeps the GTIDs of those groups that are complete.
#pragma once

#include "binlog/event_bodies.h"
#include "binlog/group_tracker.h"

namespace tanist::binlog {

class GroupCollector {
 public:
  Result<Place> on(const Event& event);
  bool open() const { return tracker_.open(); }
  void reset() { tracker_.reset(); }
  // Of the group that the last event opened, or made whole.
  const GroupGtid& gtid() const { return current_; }

  const gtid::GtidSet& mysql() const { return mysql_; }
  // The last GTID of each domain.
  const gtid::MariadbGtidPos& mariadb() const { return mariadb_; }

 private:
  GroupTracker tracker_;
  GroupGtid current_;
  gtid::GtidSet mysql_;
  gtid::MariadbGtidPos mariadb_;
};

// MariaDB: the state behind what `groups` has followed, where `before` was the state in front of it. A group
// counts from its GTID on, as servers count it.
gtid::MariadbGtidPos state_behind(gtid::MariadbGtidPos before, const GroupCollector& groups);

}  // namespace tanist::binlog

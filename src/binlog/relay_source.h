// Serves the relay logs of one replica, whose events carry the positions of the primary they came from.
#pragma once

#include "binlog/log_series.h"
#include "binlog/log_source.h"

namespace tanist::binlog {

// What the replica that owns the relay logs says of itself; every part may be unknown.
struct ReceivedGtids {
  // Master_Log_File and Read_Master_Log_Pos. Without it, relay logs whose older part is purged may not tell
  // which file of the primary they are from.
  gtid::LogCoordinates position;
  // What it has received and executed of the primary's transactions: a GTID start is refused unless it brings
  // the other replica to all of this.
  std::optional<gtid::GtidSet> mysql;
  std::optional<gtid::MariadbGtidPos> mariadb;
};

enum class RelayEnd {
  whole_transactions,  // what replicas may be given
  last_event,          // also a transaction without its end: the rest is looked for elsewhere
};

// Errc::not_found if there is no event of a primary in them at all.
Result<std::unique_ptr<LogSource>> open_relay_source(sys::Files& files, const SeriesRequest& series,
                                                     const ReceivedGtids& received,
                                                     RelayEnd end = RelayEnd::whole_transactions);

}  // namespace tanist::binlog

// Serves the relay logs of one replica, whose events carry the positions of the primary they came from.
#pragma once

#include "binlog/log_series.h"
#include "binlog/log_source.h"

namespace tanist::binlog {

// What the replica had received and executed of the primary's transactions, where known: a GTID start is
// refused unless it brings the other replica to all of this.
struct ReceivedGtids {
  std::optional<gtid::GtidSet> mysql;
  std::optional<gtid::MariadbGtidPos> mariadb;
};

// Errc::not_found if there is no event of a primary in them at all.
Result<std::unique_ptr<LogSource>> open_relay_source(sys::Files& files, const SeriesRequest& series,
                                                     const ReceivedGtids& received);

}  // namespace tanist::binlog

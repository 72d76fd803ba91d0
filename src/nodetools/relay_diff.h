// What a lagging replica misses, out of the relay logs of the replica that has received most: MHA's "diff".
// One search serves find and generate, by a scan of all relay logs in the primary's coordinates
// (binlog/relay_source.h).
//
// A diff ends exactly where the latest replica has read to, be it inside a transaction: the events behind it
// are saved from the dead primary's log, from that very position on, and all pieces are joined before they
// are applied.
#pragma once

#include <memory>
#include <string>

#include "binlog/log_series.h"
#include "binlog/log_source.h"
#include "sys/files.h"

namespace tanist::nodetools {

struct DiffRequest {
  binlog::SeriesRequest relay_logs;
  gtid::LogCoordinates latest;  // what this replica has received
  gtid::LogCoordinates target;  // what the lagging one has received
};

struct RelayDiff {
  std::unique_ptr<binlog::LogSource> source;
  std::unique_ptr<binlog::LogCursor> from_target;
};

// Errc::not_found and Errc::refused when these relay logs do not hold all between target and latest; damage
// on the way is an error with file and offset.
Result<RelayDiff> find_diff(sys::Files& files, const DiffRequest& request);

struct WrittenDiff {
  uint64_t size = 0;
  bool has_events = false;  // none: the target has everything; the file is a log without events
};
Result<WrittenDiff> write_diff(RelayDiff diff, const gtid::LogCoordinates& latest, const std::string& path);

}  // namespace tanist::nodetools

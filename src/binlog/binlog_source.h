// Serves the binary logs of a primary from the directory they lie in.
#pragma once

#include "binlog/log_source.h"

namespace tanist::binlog {

struct BinlogPlace {
  std::vector<std::string> directories;  // the first one that has the series
  std::string prefix;                    // "mysql-bin"; or empty: the series of start_file
  std::string start_file;                // oldest file of interest; empty: all there are
};

// Opens every file of the series, reads their heads, and checks the last one event by event. Older files are
// checked while they are served. Fails if a number is missing, a head is unreadable, or the logs are
// encrypted.
Result<std::unique_ptr<LogSource>> open_binlog_source(const BinlogPlace& place);

}  // namespace tanist::binlog

// Serves the binary logs of a primary from the directory they lie in.
#pragma once

#include "binlog/log_series.h"
#include "binlog/log_source.h"

namespace tanist::binlog {

// Opens every file of the series, reads their heads, and checks the last one event by event. Older files are
// checked while they are served. Fails if a number is missing, a head is unreadable, or the logs are
// encrypted.
Result<std::unique_ptr<LogSource>> open_binlog_source(sys::Files& files, const SeriesRequest& series);

}  // namespace tanist::binlog

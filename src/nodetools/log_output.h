// How a saved piece of logs becomes a file: whole and on the disk, or not there.
#pragma once

#include <string>
#include <vector>

#include "binlog/log_file.h"
#include "binlog/log_series.h"
#include "nodetools/log_extract.h"

namespace tanist::nodetools {

// Errors name the file.
Result<std::vector<binlog::LogFile>> open_logs(const std::vector<std::string>& paths);
Result<std::vector<binlog::LogFile>> open_logs(const binlog::LogSeries& series);

// The size of the file.
Result<uint64_t> write_extract(const LogExtract& extract, const std::string& path);

std::string directory_of(const std::string& path);

}  // namespace tanist::nodetools

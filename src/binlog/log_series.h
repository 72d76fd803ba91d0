// Which files of a directory are the logs of one server: "prefix.NNNNNN" with nothing behind the number, in
// the order of the numbers, without a gap. The index file, where there is one, decides about files that only
// look like a log of the series: a leftover of an earlier server would be taken for the newest log.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sys/files.h"

namespace tanist::binlog {

struct SeriesRequest {
  std::vector<std::string> directories;  // the first that has the start file, or any file of the prefix
  std::string prefix;                    // needed only without start_file
  std::string start_file;                // the series begins here; empty: as far back as there is no gap
};

struct LogSeries {
  std::string directory;
  std::string prefix;
  std::vector<std::string> files;  // base names, oldest first, never empty
  std::vector<std::string> notes;  // files left out, one sentence each

  std::string path(const std::string& file) const { return directory + "/" + file; }
};

// Errc::not_found if there is none; Errc::corrupt if a number between the start file and the newest one is
// missing.
Result<LogSeries> find_log_series(sys::Files& files, const SeriesRequest& request);

}  // namespace tanist::binlog

// relay-log.info: which relay log the applier stands in. Servers write the name into the first line, or,
// since MySQL 5.6 and MariaDB 10, the number of lines there and the name into the second.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tanist::nodetools {

struct RelayLogPlace {
  std::string directory;
  std::string file;
};

// `info_path` is for errors and, without a datadir, for names relative to it.
Result<RelayLogPlace> parse_relay_log_info(std::string_view text, const std::string& info_path,
                                           const std::string& datadir);

}  // namespace tanist::nodetools

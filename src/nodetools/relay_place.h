// Where the relay logs of this host are, in the ways MHA's manager says it.
#pragma once

#include <string>

#include "base/options.h"
#include "binlog/log_series.h"
#include "sys/files.h"

namespace tanist::nodetools {

struct RelayPlace {
  std::string relay_log_info;  // path of relay-log.info
  std::string relay_dir;  // with current_relay_log: the directory; else what datadir is when it is not given
  std::string current_relay_log;  // any file of the series
  std::string datadir;            // what relative names in relay-log.info are relative to
  static RelayPlace of(const Options& options);
};

// The whole series, as far back as it has no gap.
Result<binlog::SeriesRequest> relay_series(sys::Files& files, const RelayPlace& place);

}  // namespace tanist::nodetools

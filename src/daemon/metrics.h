// Clusters and servers in the text format of Prometheus.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/keeper.h"
#include "store/journal.h"

namespace tanist::daemon {

// Finished recoveries: cluster, kind, outcome.
using RecoveryCounts = std::map<std::tuple<std::string, std::string, std::string>, uint64_t>;
RecoveryCounts count(const std::vector<store::RecoveryRecord>& records);

std::string metrics_text(const std::vector<const Keeper*>& keepers, const RecoveryCounts& recoveries, TimePoint now);

}  // namespace tanist::daemon

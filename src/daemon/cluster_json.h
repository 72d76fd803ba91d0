// Clusters, recoveries and findings as JSON: one form for the API and for `--json` of the commands.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/keeper.h"
#include "store/journal.h"
#include "store/memory.h"
#include "sys/local_time.h"
#include "topology/snapshot.h"

namespace tanist::daemon {

boost::json::object json_of(const topology::Snapshot& snapshot, TimePoint now);
boost::json::object json_of(const KeeperView& view, TimePoint now);           // with its servers
boost::json::object short_json_of(const KeeperView& view);
boost::json::object json_of(const store::RecoveryRecord& record);
boost::json::object json_of(const store::FindingRecord& finding);

using sys::utc;
// 2026-11-20T21:00:00Z, or a time from now on such as 30s, 15m, 2h, 1d.
std::optional<WallTime> parse_until(std::string_view text, WallTime now);
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace tanist::daemon

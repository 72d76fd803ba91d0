// What a person asks a keeper to do: the options of the commands, as members of a JSON object.
#pragma once

#include <string>

#include "base/options.h"
#include "base/result.h"

namespace tanist::daemon {

// {"to": "db2", "running_updates_limit": 5, "dry_run": true}. Errc::invalid: no object, a member that is no option, or a
// value that the option does not take.
Result<Options> switch_order(const std::string& body);
Result<Options> failover_order(const std::string& body);

// The same from the other side: of the options that were given, those that `tanist run` understands.
std::string switch_order_of(const Options& options, bool dry_run);
std::string failover_order_of(const Options& options);

}  // namespace tanist::daemon

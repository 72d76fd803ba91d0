// How a recovery that was asked for ended: one form for the API and for `--json` of the commands.
#pragma once

#include <string>

#include "execute/failover.h"
#include "execute/switchover.h"

namespace tanist::daemon {

// {"exit_code": 0, "why": "", "new_primary": "server2", …}; of a switch also "plan" or "refusal", and as "text" the same for people.
std::string json_of(const execute::SwitchResult& result);
std::string json_of(const execute::FailoverResult& result);

// What the checks said, for people.
std::string text_of(const execute::SwitchResult& result);

}  // namespace tanist::daemon

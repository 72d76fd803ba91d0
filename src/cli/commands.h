// The verbs of `tanist`: for people first, `--json` for programs. Same engine as the masterha_* commands.
#pragma once

#include <string>
#include <vector>

#include "manager/outside.h"

namespace tanist::cli {

// Exit codes: 0 fine, 1 refused or unhealthy, 2 wrong usage, 10 done with something left to repair.
sys::Task<int> check(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> status(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> plan(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> failover(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> switchover(std::vector<std::string> args, manager::Outside& outside);

sys::Task<int> history(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> ack(std::vector<std::string> args, manager::Outside& outside);

std::string overview();

}  // namespace tanist::cli

// The verbs of `tanist`: for people first, `--json` for programs. Same engine as the masterha_* commands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/options.h"
#include "http/client.h"
#include "manager/outside.h"

namespace tanist::cli {

// With the way to a running `tanist run`.
struct World {
  manager::Outside& outside;
  std::function<sys::Task<Result<http::Answer>>(std::string socket, std::string method, std::string target, std::string body,
                                                TimePoint deadline)>
      ask;
};

// Exit codes: 0 fine, 1 refused or unhealthy, 2 wrong usage, 10 done with something left to repair.
sys::Task<int> check(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> config_check(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> status(std::vector<std::string> args, World& world);
sys::Task<int> status_of_daemon(Options options, World& world);  // the part of it that has no FILE
sys::Task<int> pause(std::vector<std::string> args, World& world);
sys::Task<int> resume(std::vector<std::string> args, World& world);
sys::Task<int> rejoin(std::vector<std::string> args, World& world);
sys::Task<int> plan(std::vector<std::string> args, World& world);
sys::Task<int> failover(std::vector<std::string> args, World& world);
sys::Task<int> switchover(std::vector<std::string> args, World& world);

sys::Task<int> history(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> rules(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> ack(std::vector<std::string> args, manager::Outside& outside);

std::string overview();

}  // namespace tanist::cli

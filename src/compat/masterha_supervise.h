// masterha_supervise: keeps a manager running. It follows the manager's log; when the manager has ended it finds out why,
// takes dead servers out of the configuration file after a failover, and starts the manager again. The decision is in
// supervise_rules.h; here it is fed and carried out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compat/world.h"
#include "manager/outside.h"
#include "sys/followed_file.h"
#include "sys/process.h"

namespace tanist::compat {

struct SuperviseWorld {
  manager::Outside& outside;
  World& world;              // health file and processes
  sys::Processes& processes;
  std::function<Result<std::unique_ptr<sys::FollowedFile>>(const std::string& path)> follow;
};

sys::Task<int> masterha_supervise(std::vector<std::string> args, SuperviseWorld& world);

}  // namespace tanist::compat

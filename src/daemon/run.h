// `tanist run`: the command, from its options to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service_manager.h"
#include "manager/outside.h"
#include "sys/directory_watch.h"

namespace tanist::daemon {

struct RunWorld {
  manager::Outside& outside;
  ServiceManager& service;
  sys::Event& reload;  // set by SIGHUP
  std::function<Result<std::unique_ptr<sys::DirectoryWatch>>()> watch_directories;
};

// 0 after a signal to end, 1 when it cannot begin, 2 for wrong usage.
sys::Task<int> run(std::vector<std::string> args, RunWorld& world);

}  // namespace tanist::daemon

// `tanist run`: the command, from its options to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service_manager.h"
#include "http/server.h"
#include "manager/outside.h"
#include "sys/directory_watch.h"
#include "sys/process.h"

namespace tanist::daemon {

struct RunWorld {
  manager::Outside& outside;
  sys::Processes& processes;
  ServiceManager& service;
  sys::Event& reload;  // set by SIGHUP
  size_t file_limit;   // so many may be open
  std::function<Result<std::unique_ptr<sys::DirectoryWatch>>()> watch_directories;
  // The face to the network; its options are checked and its doors open when this returns.
  std::function<Result<std::unique_ptr<http::Server>>(http::ServerOptions options, sys::Log& log, http::Handler handler)> open_http;
};

inline constexpr const char* kSocketFile = "tanist.sock";  // in the state directory

// 0 after a signal to end, 1 when it cannot begin, 2 for wrong usage.
sys::Task<int> run(std::vector<std::string> args, RunWorld& world);

}  // namespace tanist::daemon

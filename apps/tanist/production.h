// The real outside: reactor, disk, servers, ssh, hooks, terminal. Wiring only.
#pragma once

#include <memory>

#include "cli/commands.h"
#include "compat/masterha_supervise.h"
#include "compat/world.h"
#include "daemon/run.h"
#include "manager/outside.h"
#include "sys/reactor.h"

namespace tanist {

class Production {
 public:
  Production();
  ~Production();

  sys::Reactor& reactor() { return reactor_; }
  manager::Outside& outside();
  bool signalled() const;
  compat::World& small_world();  // for commands that touch only files and processes
  compat::SuperviseWorld& supervise_world();
  daemon::RunWorld& run_world();
  cli::World& cli_world();

 private:
  struct Parts;
  sys::Reactor reactor_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tanist

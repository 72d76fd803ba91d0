// Real child processes. Each gets a process group of its own, so that a deadline ends whatever a script has started,
// and none of our descriptors but the three it is given.
#pragma once

#include <memory>

#include "sys/process.h"

namespace tanist::sys {

class Nursery;
class Reactor;

class PosixProcesses : public Processes {
 public:
  explicit PosixProcesses(Reactor& reactor);
  ~PosixProcesses() override;  // whatever it has started and still runs is killed

  Task<Result<ProcessResult>> run(ProcessSpec spec) override;
  Result<std::unique_ptr<Child>> start(ProcessSpec spec) override;

 private:
  Reactor& reactor_;
  std::shared_ptr<Nursery> nursery_;  // shared with the reactor's signal callback
};

}  // namespace tanist::sys

// remote::Shell over the simulated network: what the manager runs on other hosts.
#pragma once

#include "nodes.h"
#include "remote/shell.h"

namespace tanist::sim {

class SimShell : public remote::Shell {
 public:
  SimShell(World& world, Nodes& nodes, int from) : world_(world), nodes_(nodes), from_(from) {}

  sys::Task<Status> connect(remote::Host host, TimePoint deadline) override;
  sys::Task<Result<sys::ProcessResult>> run(remote::Host host, remote::Command command) override;
  sys::Task<Result<std::unique_ptr<sys::Child>>> start(remote::Host host, remote::Command command) override;
  sys::Task<Status> fetch(remote::Host host, std::string remote_path, std::string local_path,
                          TimePoint deadline) override;
  sys::Task<Status> send(remote::Host host, std::string local_path, std::string remote_path, unsigned mode,
                         TimePoint deadline) override;
  sys::Task<Result<std::string>> node(remote::Host host, std::string workdir, TimePoint deadline) override;

 private:
  sys::Task<Status> reach(int from, std::string name, TimePoint deadline);
  sys::Task<sys::ProcessResult> hops(int at, remote::Command command);

  World& world_;
  Nodes& nodes_;
  int from_;
};

}  // namespace tanist::sim

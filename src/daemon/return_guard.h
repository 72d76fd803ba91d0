// Watches for primaries that were replaced and come back: they take no writes, whatever else becomes of them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "execute/rejoin.h"
#include "manager/cluster.h"
#include "store/memory.h"

namespace tanist::daemon {

class ReturnGuard {
 public:
  // `file`: with the servers that are out. All must outlive it. `paused`: nothing may be done now, only said.
  ReturnGuard(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file, std::function<bool()> paused);

  // A look at each of them, every second until `stop`. Calls `changed` when one of them belongs to the cluster again.
  sys::Task<void> run(ServerId primary, sys::Event& stop, std::function<void()> changed);

 private:
  struct Known {
    std::unique_ptr<execute::Server> server;
    bool answered = false;
    std::string said;  // of its return, so that it is said once
  };

  sys::Task<bool> look_at(const store::Deposed& deposed, ServerId primary);
  sys::Task<bool> judge(Known& known, const store::Deposed& deposed, ServerId primary,
                        const topology::Snapshot& snapshot);
  bool is_followed(const config::ServerConfig& server, const topology::Snapshot& snapshot) const;
  void say(Known& known, const std::string& sentence);
  std::string save_extra(const config::ServerConfig& server, const plan::ReturnVerdict& verdict);

  manager::Cluster& cluster_;
  store::Memory& memory_;
  const config::ClusterConfig& file_;
  std::function<bool()> paused_;
  std::map<store::Address, Known> known_;
};

}  // namespace tanist::daemon

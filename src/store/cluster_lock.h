// One manager for each cluster. Asked for at start, and again before each step that cannot be undone
// (failover rule R6): a lock that can be lost, by a removed file today and a lease tomorrow, is only as good
// as its last check.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace tanist::store {

class ClusterLock {
 public:
  virtual ~ClusterLock() = default;  // gives it up
  virtual Status still_held() = 0;
};

// The file `<workdir>/APP.manager.lock` with our process id. Errc::conflict, naming the process, while it is
// held.
Result<std::unique_ptr<ClusterLock>> lock_cluster(const std::string& workdir, const std::string& app);

// For unit tests and the simulated world.
class MemoryClusterLock : public ClusterLock {
 public:
  explicit MemoryClusterLock(const bool& held) : held_(held) {}
  Status still_held() override {
    if (held_) return {};
    return fail(Errc::conflict, "the cluster's lock was taken away");
  }

 private:
  const bool& held_;  // the story's
};

}  // namespace tanist::store

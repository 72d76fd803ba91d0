#include "daemon/interrupted.h"

#include "daemon/effective.h"

namespace tanist::daemon {

sys::Task<execute::ResumeResult> resume(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file,
                                        store::ClusterLock& lock, manager::LeftUndone left) {
  execute::ResumeResult failed;
  auto failover = cluster.outside().lock_cluster(file.manager_workdir(), file.name + ".failover");
  auto known = memory.recall(file.name);
  if (!failover) failed.why = "another failover of this cluster is running: " + failover.error().what;
  if (!known) failed.why = known.error().what;
  if (!failed.why.empty()) co_return failed;
  // With the server that it was about.
  std::erase_if(known->deposed, [&](const store::Deposed& old) { return old.since >= left.record.began; });
  auto still_ours = [&lock, &failover] {
    Status held = lock.still_held();
    return held ? (*failover)->still_held() : held;
  };
  auto result = co_await manager::resume(cluster, std::move(left), effective_config(file, *known), std::move(still_ours));
  co_return result;
}

}  // namespace tanist::daemon

#include "compat/interrupted.h"

#include "compat/failover_flags.h"
#include "manager/interrupted.h"

namespace tanist::compat {

namespace {

// As behind any failover that came to its end.
void mark_complete(manager::Cluster& cluster) {
  manager::Outside& outside = cluster.outside();
  FailoverFlags flags(outside.files, outside.clock, cluster.config().manager_workdir(), cluster.config().name);
  auto forgotten = flags.forget();
  auto marked = flags.mark_complete();
  if (!forgotten || !marked) cluster.log().error("The flag files in the work directory could not be written.");
}

}  // namespace

sys::Task<Result<Interruption>> deal_with_interrupted(manager::Cluster& cluster, std::function<Status()> still_ours) {
  auto left = manager::left_undone(cluster.outside(), cluster.config());
  if (!left) co_return fail(left.error());
  if (!*left) co_return Interruption{};
  const bool failover = (*left)->record.kind == store::kFailoverKind;
  const config::ClusterConfig config = cluster.config();
  auto result = co_await manager::resume(cluster, std::move(**left), config, std::move(still_ours));
  cluster.begin_anew(config, std::nullopt);
  if (!result.closed) co_return fail(Errc::conflict, result.why);
  cluster.log().warning(result.why + ".");
  if (failover && result.new_primary) mark_complete(cluster);
  Interruption dealt;
  dealt.new_primary = result.new_primary;
  dealt.exit_code = result.exit_code;
  dealt.why = std::move(result.why);
  co_return dealt;
}

sys::Task<Status> deal_with_interrupted(manager::Cluster& cluster) {
  const config::ClusterConfig& config = cluster.config();
  auto lock = cluster.outside().lock_cluster(config.manager_workdir(), config.name + ".failover");
  if (!lock) co_return Status{};
  auto dealt = co_await deal_with_interrupted(cluster, [&] { return (*lock)->still_held(); });
  if (!dealt) co_return fail(dealt.error());
  co_return Status{};
}

}  // namespace tanist::compat

#include "manager/interrupted.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "store/sqlite_journal.h"

namespace tanist::manager {

namespace {

std::string name_of_the_other(const config::ClusterConfig& cluster) {
  return cluster.manager_workdir() + "/" + cluster.name + ".journal_of_tanist_run";
}

std::vector<std::string> journals_of(Outside& outside, const config::ClusterConfig& cluster) {
  std::vector<std::string> files{journal_of(cluster)};
  auto other = outside.files.read(name_of_the_other(cluster));
  for (const std::string& file : {outside.journal_file, std::string(trim(other.value_or("")))}) {
    if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  std::erase_if(files, [&](const std::string& file) { return !outside.files.facts(file); });
  return files;
}

// A person's word about that recovery: it is closed, whatever the servers say.
Result<bool> is_acknowledged(Outside& outside, const LeftUndone& left) {
  auto memory = outside.open_memory(left.file);
  if (!memory) return fail(memory.error());
  auto said = (*memory)->mark(left.record.cluster, store::kAcknowledged);
  if (!said) return fail(said.error());
  return *said && (*said)->at >= left.record.began;
}

store::Address address_of(const config::ServerConfig& server) { return {server.hostname, server.port}; }

// What he types to say so.
std::string to_close(const LeftUndone& left) {
  const std::string directory = left.file.substr(0, left.file.rfind('/'));
  return "tanist ack " + left.record.cluster + (directory == store::kStateDir ? "" : " --state_dir=" + directory);
}

}  // namespace

Status tell_journal(Outside& outside, const config::ClusterConfig& cluster) {
  return outside.files.replace(name_of_the_other(cluster), outside.journal_file + "\n");
}

Result<std::optional<LeftUndone>> left_undone(Outside& outside, const config::ClusterConfig& cluster) {
  for (const std::string& file : journals_of(outside, cluster)) {
    auto journal = outside.open_journal(file);
    if (!journal) return fail(journal.error().during("look for an interrupted recovery"));
    auto all = (*journal)->unfinished();
    if (!all) return fail(all.error().during("look for an interrupted recovery"));
    for (store::RecoveryRecord& record : *all) {
      if (record.cluster != cluster.name) continue;
      const bool left_as_it_is = record.kind == store::kRejoinKind || record.kind == store::kCareKind;
      if (!left_as_it_is) return LeftUndone{file, std::move(*journal), std::move(record)};
      // Whoever is still at it does not find it open any more, and takes no further step.
      Status closed = (*journal)->finish(record.id, store::RecoveryOutcome::abandoned, "left at the step it was at",
                                         outside.clock.wall_now());
      if (!closed) return fail(closed.error());
    }
  }
  return std::nullopt;
}

Status remember_replaced(store::Memory& memory, const config::ClusterConfig& cluster, const ServerId& old,
                         const ServerId& next, const execute::Recovered& recovered, WallTime now) {
  const store::Address successor = address_of(*cluster.find(next));
  Status said = memory.depose(cluster.name, {.server = address_of(*cluster.find(old)),
                                             .since = now,
                                             .successor = successor,
                                             .by_gtid = recovered.by_gtid,
                                             .end = recovered.end,
                                             .gtids = recovered.gtids,
                                             .joins_at = recovered.joins_at});
  Status set = memory.set_primary(cluster.name, successor, now);
  return said ? set : said;
}

sys::Task<execute::ResumeResult> resume(Cluster& cluster, LeftUndone left, config::ClusterConfig config,
                                        std::function<Status()> still_ours) {
  Outside& outside = cluster.outside();
  execute::ResumeResult failed;
  auto acknowledged = is_acknowledged(outside, left);
  auto memory = outside.open_memory(outside.journal_file.empty() ? left.file : outside.journal_file);
  if (!acknowledged) failed.why = acknowledged.error().what;
  if (!memory) failed.why = memory.error().what;
  if (!failed.why.empty()) co_return failed;
  auto notes = execute::read_notes(left.record);
  const std::optional<ServerId> old = notes ? notes->old_primary : std::nullopt;
  cluster.begin_anew(std::move(config), old);
  if (old && left.record.kind == store::kFailoverKind) cluster.take_as_dead(*old);

  execute::ResumeRequest request;
  request.acknowledged = *acknowledged;
  request.to_close = to_close(left);
  request.log_place = cluster.log_place();
  request.still_ours = std::move(still_ours);
  request.activated = [&](const ServerId& next, const execute::Recovered& how_far) {
    Status said = remember_replaced(**memory, cluster.config(), *old, next, how_far, outside.clock.wall_now());
    if (!said) cluster.log().warning(said.error().what);
  };
  request.record = std::move(left.record);
  auto result = co_await execute::resume(cluster.world(*left.journal), cluster.config(), std::move(request));
  co_return result;
}

}  // namespace tanist::manager

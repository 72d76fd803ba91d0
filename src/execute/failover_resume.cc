// A failover whose manager died goes on here, with the parts of which run() is made. In front of activation all that was
// done to replicas is undone. Behind it the new primary takes writes, and everybody follows it (resume_replicas.cc).
#include <fmt/format.h>

#include "base/text.h"
#include "execute/failover_run.h"
#include "execute/resume.h"
#include "topology/sources.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;
using topology::ReceiverState;

namespace {

bool same_source(const topology::ReplicaStatus& a, const topology::ReplicaStatus& b) {
  return a.source_host == b.source_host && a.source_port == b.source_port && a.source_user == b.source_user;
}

}  // namespace

void FailoverRun::take_over(const Interrupted& interrupted) {
  recorder_.emplace(world_, interrupted.record.id, static_cast<int>(interrupted.record.steps.size()));
  phase2_reached_ = true;
  report_.line(fmt::format("Master {} is down!", dead().host_info()));
  report_.line(fmt::format("The manager ended during its failover (number {}); it is resumed.",
                           interrupted.record.id.number));
  report_.blank();
  bool closing = false, ended = false;
  for (const store::StepRecord& step : interrupted.record.steps) {
    closing |= step.intent.name == plan::to_string(StepKind::close_live);
    address_taken_ |= step.intent.name == plan::to_string(StepKind::stop_ip_hook);
    ended |= step.intent.name == plan::to_string(StepKind::kill_server) && step.outcome == store::StepOutcome::done;
  }
  if (closing && !ended) live_fence_.take_over();
  for (const auto& [id, found] : interrupted.notes.found) {
    if (!found.replica) continue;
    progress_.emplace(id, std::make_unique<ReplicaProgress>(world_.clock, *found.replica));
    const topology::Member* member = snapshot_.find(id);
    if (member->replica()) recognize(id, *member->state());
  }
}

// What was done to it is what differs from how it was found.
void FailoverRun::recognize(const ServerId& id, const topology::ServerState& now) {
  ReplicaProgress& progress = *progress_.at(id);
  const topology::ReplicaStatus &before = progress.before, &replica = *now.replica();
  progress.pointed_elsewhere = !same_source(before, replica);
  progress.gtid_turned_off = !progress.pointed_elsewhere && before.positioning != replica.positioning;
  progress.touched = before.applier_running != replica.applier_running ||
                     (before.receiver == ReceiverState::stopped) != (replica.receiver == ReceiverState::stopped) ||
                     before.delay_seconds != replica.delay_seconds;
  // Fed by another server of the cluster it stands in that one's log (put_source_back).
  const topology::Member* source = topology::source_of(replica, snapshot_.members);
  const bool by_member = source && source->facts.id != dead().id;
  if (progress.pointed_elsewhere && by_member) progress.goal.emplace();
}

// It stays unfinished in the journal, and is tried again.
sys::Task<FailoverResult> FailoverRun::stopped_again(Error why) {
  co_await end_stand_in();
  co_await background_.wait();
  co_await unlock_replicas();
  FailoverResult result;
  result.why = std::move(why.what);
  co_return result;
}

sys::Task<FailoverResult> FailoverRun::undo_interrupted(const Interrupted& interrupted) {
  snapshot_ = co_await world_.observe(2s);
  take_over(interrupted);
  for (const auto& [id, progress] : progress_) {
    if (snapshot_.find(id)->state()) continue;
    world_.log.warning(fmt::format("{} does not answer and is left as it is: its source was {}:{}", config_of(id).host_info(),
                                   progress->before.source_host, progress->before.source_port));
  }
  co_await undo();
  if (!left_.empty()) {
    Error why{Errc::conflict, join(left_, "; ") + ". Mend that, or put it into order by hand and type: " + interrupted.to_close};
    auto again = co_await stopped_again(std::move(why));
    co_return again;
  }
  FailoverResult result;
  result.phase2_reached = true;
  result.why = "Everybody is below " + dead().host_info() + " again";
  recorder_->finish(store::RecoveryOutcome::abandoned, "interrupted, and undone by the next manager");
  co_return result;
}

sys::Task<FailoverResult> FailoverRun::finish_interrupted(const Interrupted& interrupted) {
  snapshot_ = co_await world_.observe(2s);
  take_over(interrupted);
  recovered_ = interrupted.notes.recovered;
  const Intended& next = *interrupted.notes.next;
  plan_.emplace();
  plan_->old_primary = dead().id;
  plan_->new_primary = next.id;
  plan_->gtid_mode = next.gtid_mode;
  promoted_ = *snapshot_.find(next.id)->state();
  auto joins_at = gtid::LogCoordinates::parse(recovered_->joins_at);
  Status ready = joins_at ? Status{} : fail(joins_at.error());
  if (ready) {
    promoted_->binlog_end = *joins_at;
    ready = co_await open_again(interrupted);
  }
  if (!ready) {
    auto again = co_await stopped_again(ready.error());
    co_return again;
  }
  co_await leave_those_that_have_moved();
  Status planned = co_await plan_the_rest();
  if (!planned) unfinished_.push_back(planned.error().what);
  if (planned && !request_.policy.skip_change_master) {
    co_await repoint_replicas();
  } else {
    co_await end_stand_in();
    co_await background_.wait();
  }
  const topology::Member& promoted = *snapshot_.find(next.id);
  if (promoted.replica()) co_await reset_new_primary();
  co_await put_sources_back();
  auto result = co_await finish(Status{});
  co_return result;
}

// Fenced once more, so that its address may be used and it is not alive beside the new one; then whatever of activation is
// still to be done.
sys::Task<Status> FailoverRun::open_again(const Interrupted& interrupted) {
  co_await test_ssh(dead().ssh_connection_timeout);
  if (request_.policy.fence_over_ssh && *dead_host_.ssh_reachable) {
    Status ended = co_await recorder_->step_anyway(StepKind::kill_server, dead().id,
                                                   "end what is left of the server process", kill_server());
    if (!ended) world_.log.warning("The server process could not be ended over ssh: " + ended.error().what);
  }
  if (promoted_->read_only) {
    Status alone = still_ours();
    if (alone) alone = co_await check_still_fenced();
    if (!alone) co_return alone;
  }
  const config::ServerConfig& next = config_of(plan_->new_primary);
  if (!interrupted.address_given && !next.master_ip_failover_script.empty()) {
    Status given = co_await recorder_->step_anyway(StepKind::start_ip_hook, next.id, "give the address to the new primary",
                                                   give_address(next.id));
    if (!given) unfinished_.push_back("The address may not be at the new primary: " + given.error().what);
  }
  Status ours = still_ours();
  if (!ours) co_return ours;
  activated_ = true;
  request_.activated(next.id, *recovered_);
  report_.activated(next.hostname);
  if (promoted_->read_only && !request_.policy.skip_disable_read_only) co_await enable_writes();
  co_return Status{};
}

}  // namespace tanist::execute

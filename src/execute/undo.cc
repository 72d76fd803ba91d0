// Before activation everything can be put back (R4): replicas that were pointed elsewhere, or whose threads were started
// or stopped, are again as they were found. Each of these is a step of the journal too (R5).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "execute/failover_run.h"
#include "execute/progress.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;
using topology::ReceiverState;

// It answered, was closed over its own connection, and nobody takes its place: its clients find it again as before.
sys::Task<void> FailoverRun::open_old_primary() {
  const ServerId id = dead().id;
  Status open = co_await recorder_->step_anyway(StepKind::put_back, id, "take writes as before", live_fence_.open_again());
  if (!open) world_.log.error(fmt::format("{} could not be opened again: {}", dead().host_info(), open.error().what));
  if (!open) report_.line(fmt::format("{} stays closed to writes: {}", dead().host_info(), open.error().what));
  if (!open || !address_taken_) co_return;
  Status given = co_await recorder_->step_anyway(StepKind::start_ip_hook, id, "give the address back to the old primary",
                                                 give_address(id));
  if (!given) report_.line(fmt::format("The address may not be at {}: {}", dead().host_info(), given.error().what));
}

// Once lost it is not ours again: somebody else may have begun.
Status FailoverRun::still_ours() {
  if (lost_) return fail(*lost_);
  Status ours = request_.still_ours();
  if (!ours) lost_ = ours.error();
  return ours;
}

bool FailoverRun::changed_anything() const {
  return live_fence_.touched() || std::any_of(progress_.begin(), progress_.end(), [](const auto& entry) {
           const ReplicaProgress& progress = *entry.second;
           return progress.touched || progress.pointed_elsewhere || progress.gtid_turned_off;
         });
}

// First the drains end, or they would move replicas again behind our back. Without the lock all else is somebody else's:
// what he has moved must not be moved back.
sys::Task<void> FailoverRun::undo() {
  undoing_ = true;
  co_await end_stand_in();
  co_await background_.wait();
  Status ours = changed_anything() ? still_ours() : Status{};
  if (!ours) {
    left_.push_back("nothing is undone without the lock: " + ours.error().what);
    world_.log.error(left_.back());
    co_return;
  }
  if (live_fence_.touched() && !dead_host_.server_gone) co_await open_old_primary();
  for (auto& [id, progress] : progress_) {
    if (!progress->touched && !progress->pointed_elsewhere && !progress->gtid_turned_off) continue;
    Status back = co_await recorder_->step_anyway(StepKind::put_back, id, "replicate from the old primary as before",
                                                  put_back(id));
    if (back) continue;
    const std::string what = fmt::format("{} could not be put back below {}: {}", config_of(id).host_info(),
                                         dead().host_info(), back.error().what);
    world_.log.error(what);
    report_.line(what);
    left_.push_back(what);
  }
}

// After activation: who was pointed elsewhere and does not follow the new primary (--skip_change_master, or something
// failed on the way) has the source again that it came with, not a stand-in that has ended. Its threads stay stopped:
// that source is not to be followed any more.
sys::Task<void> FailoverRun::put_sources_back() {
  for (auto& [id, progress] : progress_) {
    if (!progress->pointed_elsewhere && !progress->gtid_turned_off) continue;
    const std::string before = fmt::format("{}:{}", progress->before.source_host, progress->before.source_port);
    Status back = co_await recorder_->step_anyway(StepKind::put_back, id, "be told its old source again, stopped",
                                                  put_source_back(id));
    if (back) {
      report_.line(fmt::format("{}: Its source is {} as before; it is stopped.", config_of(id).host_info(), before));
      continue;
    }
    const std::string what = fmt::format("{} does not replicate and could not be told its old source {} again: {}",
                                         config_of(id).host_info(), before, back.error().what);
    world_.log.error(what);
    unfinished_.push_back(what);
  }
}

// May be called again: a stand-in ends once.
sys::Task<void> FailoverRun::end_stand_in() {
  if (!stand_in_ || stand_in_->ended()) co_return;
  auto stop = [](FailoverRun* run) -> sys::Task<Status> {
    co_await run->stand_in_->stop(run->in(5s));
    co_return Status{};
  };
  Status stopped = co_await recorder_->step_anyway(StepKind::stop_standin, ServerId{}, "end the stand-in source",
                                                   stop(this));
  if (!stopped) world_.log.warning(stopped.error().what);
}

sys::Task<Status> FailoverRun::put_back(ServerId id) {
  const ReplicaProgress& progress = *progress_.at(id);
  auto saved = co_await save_unapplied(id);
  if (!saved) co_return saved;
  if (progress.pointed_elsewhere || progress.gtid_turned_off) {
    auto changed = co_await put_source_back(id);
    if (!changed) co_return changed;
  }
  auto running = co_await put_threads_back(id);
  co_return running;
}

// MariaDB deletes what it has received when it starts by GTID with both threads stopped (reference standin-protocol.md
// 6.3). A sound applier first applies it by position; behind a failed one nothing is started.
sys::Task<Status> FailoverRun::save_unapplied(ServerId id) {
  Server& replica = server(id);
  auto state = co_await replica.state(in(5s));
  if (!state) co_return fail(state.error());
  const topology::ReplicaStatus& before = progress_.at(id)->before;
  const bool starts = before.receiver != ReceiverState::stopped || before.applier_running;
  if (!state->replica() || !starts || !keeps_events_only_by_position(*state)) co_return Status{};
  const topology::ReplicaStatus& now = *state->replica();
  if (now.applier_errno == 0) {
    auto started = co_await start_applier(id, *state);
    co_return started;
  }
  mysql::ChangeSource by_gtid;
  by_gtid.gtid = original_source(before).gtid;
  co_return fail(Errc::conflict,
                 fmt::format("left stopped: it holds events that are not applied, and a START would delete them. Its "
                             "applier stopped: {} {}. Mend that, then type: {}; START SLAVE SQL_THREAD; and once all is "
                             "applied: STOP SLAVE; {}; START SLAVE",
                             now.applier_errno, now.applier_error,
                             replica.dialect().change_source_masked(keep_received(now)),
                             replica.dialect().change_source_masked(by_gtid)));
}

// In the old primary's own coordinates, which a stand-in has served too, so that what was received stays (R2). With
// GTIDs a CHANGE cannot keep it: there the applier goes first, and nothing more comes in meanwhile.
sys::Task<Status> FailoverRun::put_source_back(ServerId id) {
  Server& replica = server(id);
  const ReplicaProgress& progress = *progress_.at(id);
  mysql::ChangeSource change = original_source(progress.before);
  // Fed by another replica it stands in that one's log, and only its GTIDs still mean something to the old primary.
  if (progress.goal && change.gtid == mysql::GtidUse::none) change.gtid = mysql::GtidUse::auto_position;
  if (progress.pointed_elsewhere) change.password = known_password(cluster_, progress.before.source_user);
  const bool by_gtid_before = change.gtid != mysql::GtidUse::none;
  const bool applies_late = progress.before.delay_seconds > 0;
  Status applied;
  if (by_gtid_before) {
    const bool never = false;
    auto quiet = co_await replica.stop_receiver(in(20s));
    if (!quiet) co_return quiet;
    if (!applies_late) applied = co_await wait_own_relay_applied(world_, replica, never);
  }
  auto stopped = co_await replica.stop_replica(in(65s));
  if (!stopped) co_return stopped;
  auto state = co_await replica.state(in(5s));
  if (!state) co_return fail(state.error());
  if (!state->replica()) co_return fail(Errc::conflict, "it is no replica any more");
  if (by_gtid_before && applies_late && !state->replica()->fully_applied()) {
    applied = fail(Errc::conflict, "it applies late on purpose");
  }
  if (!applied) {
    // Where it would lose what it cannot apply, it rather stays without GTID: if it fetched by position, which a stand-in
    // serves in the old primary's coordinates; another replica's mean nothing there.
    const bool from_a_replica = progress.pointed_elsewhere && progress.goal;
    if (from_a_replica || state->replica()->positioning != topology::Positioning::file_position) {
      co_return fail(applied.error().during("left stopped, because it would lose events that are not applied"));
    }
    mysql::ChangeSource by_gtid;
    by_gtid.gtid = std::exchange(change.gtid, mysql::GtidUse::none);
    const std::string what = fmt::format("{}: {}. It keeps its events by position; once they are applied, stop it and "
                                         "type: {}",
                                         replica.host_info(), applied.error().what,
                                         replica.dialect().change_source_masked(by_gtid));
    world_.log.warning(what);
    report_.line(what);
  }
  if (change.gtid == mysql::GtidUse::none) {
    change.from = state->replica()->received;
    change.keep_relay = state->replica()->relay;
  }
  auto changed = co_await replica.change_source(std::move(change), in(10s));
  co_return changed;
}

// A thread that somebody had stopped before us is stopped again.
sys::Task<Status> FailoverRun::put_threads_back(ServerId id) {
  Server& replica = server(id);
  const topology::ReplicaStatus& before = progress_.at(id)->before;
  auto state = co_await replica.state(in(5s));
  if (!state) co_return fail(state.error());
  if (!state->replica()) co_return fail(Errc::conflict, "it is no replica any more");
  const bool received = before.receiver != ReceiverState::stopped;
  const bool receives = state->replica()->receiver != ReceiverState::stopped;
  const bool applied = before.applier_running, applies = state->replica()->applier_running;

  Status done;
  if (received && !receives && applied && !applies) {
    done = co_await replica.start_replica(in(10s));
  } else if (received && !receives) {
    done = co_await replica.start_receiver(in(10s));
  } else if (applied && !applies) {
    done = co_await replica.start_applier(in(10s));
  }
  if (done && !received && receives) done = co_await replica.stop_receiver(in(20s));
  if (done && !applied && applies) done = co_await replica.stop_applier(in(65s));
  co_return done;
}

}  // namespace tanist::execute

// Before activation everything can be put back (R4): replicas that were pointed elsewhere, or whose threads were started
// or stopped, are again as they were found. Each of these is a step of the journal too (R5).
#include <fmt/format.h>

#include "execute/failover_run.h"
#include "execute/progress.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;
using topology::ReceiverState;

// First the drains end, or they would move replicas again behind our back.
sys::Task<void> FailoverRun::undo() {
  undoing_ = true;
  co_await end_stand_in();
  co_await background_.wait();
  for (auto& [id, progress] : progress_) {
    if (!progress->touched && !progress->pointed_elsewhere && !progress->gtid_turned_off) continue;
    Status back = co_await recorder_->step(StepKind::put_back, id, "replicate from the old primary as before",
                                           put_back(id));
    if (back) continue;
    world_.log.error(fmt::format("{} could not be put back below {}: {}", config_of(id).host_info(),
                                 dead().host_info(), back.error().what));
  }
}

// May be called again: a stand-in ends once.
sys::Task<void> FailoverRun::end_stand_in() {
  if (!stand_in_ || stand_in_->ended()) co_return;
  auto stop = [](FailoverRun* run) -> sys::Task<Status> {
    co_await run->stand_in_->stop(run->in(5s));
    co_return Status{};
  };
  Status stopped = co_await recorder_->step(StepKind::stop_standin, ServerId{}, "end the stand-in source", stop(this));
  if (stopped) co_return;
  world_.log.warning(stopped.error().what);
  co_await stand_in_->stop(in(5s));  // a journal that cannot be written keeps no stand-in alive
}

sys::Task<Status> FailoverRun::put_back(ServerId id) {
  const ReplicaProgress& progress = *progress_.at(id);
  if (progress.pointed_elsewhere || progress.gtid_turned_off) {
    auto changed = co_await put_source_back(id);
    if (!changed) co_return changed;
  }
  auto running = co_await put_threads_back(id);
  co_return running;
}

// In the old primary's own coordinates, which a stand-in has served too, so that what was received stays (R2). With
// GTIDs a CHANGE cannot keep it: there the applier goes first, and nothing more comes in meanwhile.
sys::Task<Status> FailoverRun::put_source_back(ServerId id) {
  Server& replica = server(id);
  const ReplicaProgress& progress = *progress_.at(id);
  mysql::ChangeSource change = original_source(progress.before);
  // Fed by another replica it stands in that one's log, and only its GTIDs still mean something to the old primary.
  if (progress.goal && change.gtid == mysql::GtidUse::none) change.gtid = mysql::GtidUse::auto_position;
  if (progress.pointed_elsewhere && one_time_account_) change.password = config_of(plan_->new_primary).repl_password;
  if (change.gtid != mysql::GtidUse::none) {
    const bool never = false;
    auto quiet = co_await replica.stop_receiver(in(20s));
    if (!quiet) co_return quiet;
    auto applied = co_await wait_own_relay_applied(world_, replica, never);
    // Where it would lose what it cannot apply, it rather stays without GTID.
    if (!applied && !progress.pointed_elsewhere) co_return applied;
    if (!applied) world_.log.warning(applied.error().what);
  }
  auto stopped = co_await replica.stop_replica(in(65s));
  if (!stopped) co_return stopped;
  auto state = co_await replica.state(in(5s));
  if (!state) co_return fail(state.error());
  if (!state->replica()) co_return fail(Errc::conflict, "it is no replica any more");
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

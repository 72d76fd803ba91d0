// The replicas of a failover that is resumed behind activation: who has moved already, who is moved as he is, and who is
// drained again first. Nobody gets further than the new primary came (R2).
#include <fmt/format.h>

#include <algorithm>

#include "execute/failover_run.h"
#include "topology/sources.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;
using topology::ReceiverState;

namespace {

bool holds_events(const topology::ReplicaStatus& replica) { return !replica.fully_applied(); }

}  // namespace

// They need at most a START; from here on they are none of this failover's replicas.
sys::Task<void> FailoverRun::leave_those_that_have_moved() {
  std::vector<ServerId> moved;
  for (const auto& entry : progress_) {
    const topology::ReplicaStatus* replica = snapshot_.find(entry.first)->replica();
    const topology::Member* source = replica ? topology::source_of(*replica, snapshot_.members) : nullptr;
    if (source && source->facts.id == plan_->new_primary) moved.push_back(entry.first);
  }
  for (const ServerId& id : moved) {
    const topology::ReplicaStatus& replica = *snapshot_.find(id)->replica();
    Status runs;
    if (replica.receiver == ReceiverState::stopped || !replica.applier_running) {
      runs = co_await recorder_->step_anyway(StepKind::repoint, id, "replicate from the new primary", start_again(id));
    }
    progress_.erase(id);
    if (runs) {
      report_.recovered(config_of(id).hostname);
    } else {
      unfinished_.push_back(runs.error().what);
    }
  }
  std::erase_if(snapshot_.members, [&](const topology::Member& member) {
    return std::find(moved.begin(), moved.end(), member.facts.id) != moved.end();
  });
}

sys::Task<Status> FailoverRun::start_again(ServerId id) {
  auto started = co_await server(id).start_replica(in(10s));
  if (!started) co_return started;
  auto running = co_await wait_replicating(world_, server(id), config_of(plan_->new_primary).ip, 60s);
  co_return running;
}

bool FailoverRun::finds_by_gtid(const ServerId& id) const {
  return gtid_based() || progress_.at(id)->before.positioning != topology::Positioning::file_position;
}

bool FailoverRun::lacks_events(const ServerId& id) const {
  if (finds_by_gtid(id)) return false;
  auto end = gtid::LogCoordinates::parse(recovered_->end);
  return !end || snapshot_.find(id)->replica()->received < *end;
}

// By GTID whoever lacks something gets it from the new primary, as soon as he has applied what he holds. By position it
// must come in the old primary's coordinates, and the stand-in has died with its manager.
sys::Task<Status> FailoverRun::plan_the_rest() {
  std::vector<ServerId> ids;
  for (const auto& [id, progress] : progress_) {
    const bool is_next = id == plan_->new_primary;
    if (snapshot_.find(id)->replica() && !(is_next && finds_by_gtid(id))) ids.push_back(id);
  }
  std::vector<sys::Task<void>> settled;
  for (const ServerId& id : ids) settled.push_back(settle_again(id));
  co_await sys::when_all(std::move(settled));
  std::vector<ServerId> left;
  for (const auto& member : snapshot_.members) left.push_back(member.facts.id);
  snapshot_ = co_await world_.observe(2s);
  std::erase_if(snapshot_.members, [&](const topology::Member& member) {
    return std::find(left.begin(), left.end(), member.facts.id) == left.end();
  });
  const bool somebody_lacks = std::any_of(ids.begin(), ids.end(), [&](const ServerId& id) {
    return id != plan_->new_primary && snapshot_.find(id)->replica() && lacks_events(id);
  });
  Status planned;
  if (somebody_lacks) {
    planned = co_await plan_drains_again();
  } else {
    plan_moves();
  }
  co_return planned;
}

// It has its old source again, in whose coordinates its relay logs are, and applies what it holds.
sys::Task<void> FailoverRun::settle_again(ServerId id) {
  ReplicaProgress& progress = *progress_.at(id);
  if (!finds_by_gtid(id) && progress.pointed_elsewhere) {
    Status back = co_await recorder_->step_anyway(StepKind::put_back, id, "be told its old source again, stopped",
                                                  put_source_back(id));
    if (back) progress.pointed_elsewhere = false;
    if (!back) progress.drain = back;
  }
  if (id == plan_->new_primary || !progress.drain) co_return;
  progress.drain = co_await recorder_->step_anyway(StepKind::wait_applied, id, "apply what it has received", apply_own(id));
  if (!progress.drain) world_.log.error(progress.drain.error().what);
}

sys::Task<Status> FailoverRun::apply_own(ServerId id) {
  auto state = co_await server(id).state(in(5s));
  if (!state) co_return fail(state.error());
  if (!state->replica()) co_return fail(Errc::conflict, server(id).host_info() + " is no replica any more");
  const topology::ReplicaStatus& now = *state->replica();
  if (!now.applier_running && now.applier_errno == 0 && (holds_events(now) || !finds_by_gtid(id))) {
    auto started = co_await start_applier(id, *state);
    if (!started) co_return started;
  }
  if (progress_.at(id)->before.delay_seconds > 0 || !holds_events(now)) co_return Status{};
  auto applied = co_await wait_own_relay_applied(world_, server(id), undoing_);
  co_return applied;
}

// Nobody lacks anything that the new primary cannot give: they are moved as they are.
void FailoverRun::plan_moves() {
  for (auto& [id, progress] : progress_) {
    const topology::Member* member = snapshot_.find(id);
    if (id == plan_->new_primary || !member || !member->replica()) continue;
    plan::Step step;
    step.kind = StepKind::repoint;
    step.target = id;
    step.source = plan_->new_primary;
    step.keep_relay_logs = progress->before.delay_seconds > 0 && holds_events(*member->replica());
    plan_->steps.push_back(std::move(step));
    progress->state = *member->state();
    if (!finds_by_gtid(id)) {
      progress->goal = Goal{gtid::LogCoordinates::parse(recovered_->end).value_or(gtid::LogCoordinates{}), "", true};
    }
    progress->drained.set();
  }
  request_.policy.wait_until_gtid_in_sync = false;
}

// The same survey, plan and drains as before activation, for those that are left. What the new primary does not have
// nobody else may get.
sys::Task<Status> FailoverRun::plan_drains_again() {
  const ServerId next = plan_->new_primary;
  const int gtid_mode = plan_->gtid_mode;
  Status surveyed = co_await survey();
  if (!surveyed) co_return surveyed;
  const topology::Member* member = snapshot_.find(next);
  const auto beyond = [&](const gtid::LogCoordinates& end) { return member->replica() && end > member->replica()->executed; };
  if (dead_host_.log_end && beyond(*dead_host_.log_end)) {
    dead_host_.log_end.reset();
    dead_host_.log_problem = "it goes on behind what the new primary has";
    Status stopped = co_await stop_receivers();
    if (!stopped) co_return stopped;
    co_await look_at_relay_logs();
    snapshot_ = co_await world_.observe(2s);
  }
  std::vector<topology::ServerFacts> facts;
  std::vector<topology::Observation> looks;
  for (const auto& one : snapshot_.members) {
    if (one.facts.id != dead().id && !progress_.contains(one.facts.id)) continue;
    facts.push_back(one.facts);
    looks.push_back(one.last);
  }
  snapshot_ = topology::build_snapshot(facts, looks, dead().id, world_.clock.now());
  request_.policy.forced_host = config_of(next).hostname;
  request_.policy.forced_port = config_of(next).port;
  Status chosen = co_await choose();
  if (!chosen) co_return chosen;
  plan_->gtid_mode = gtid_mode;
  const bool it_lacks = std::any_of(plan_->steps.begin(), plan_->steps.end(), [&](const plan::Step& step) {
    return step.kind == StepKind::drain && step.target == next;
  });
  if (it_lacks) {
    plan_->steps.clear();
    co_return fail(Errc::conflict, fmt::format("{} lacks events that others have received: nobody was moved",
                                               config_of(next).host_info()));
  }
  auto started = co_await start_stand_in();
  co_return started;
}

}  // namespace tanist::execute

// A switch whose manager died goes on here, with the parts of which run() is made. Until the new primary takes writes all of
// it is undone; behind that everybody follows it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "execute/resume.h"
#include "execute/switch_run.h"
#include "topology/sources.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::BlockBy;
using plan::StepKind;
using topology::ReceiverState;

namespace {

BlockBy block_of(const std::string& word) {
  for (BlockBy by : {BlockBy::super_read_only, BlockBy::read_lock, BlockBy::read_only})
    if (to_string(by) == word) return by;
  return BlockBy::nothing;
}

bool runs(const topology::ReplicaStatus& replica) {
  return replica.receiver != ReceiverState::stopped && replica.applier_running;
}

}  // namespace

void SwitchRun::take_over(const Interrupted& interrupted) {
  const RecoveryNotes& notes = interrupted.notes;
  recorder_.emplace(world_, interrupted.record.id, static_cast<int>(interrupted.record.steps.size()));
  plan_.emplace();
  plan_->old_primary = *notes.old_primary;
  plan_->new_primary = notes.next->id;
  plan_->gtid_mode = notes.next->gtid_mode;
  plan_->block = block_of(notes.next->block);
  plan_->old_becomes_replica = notes.next->old_becomes_replica;
  request_.policy.has_script = !next_config().master_ip_online_change_script.empty();
  see_what_was_done(interrupted.record);
  if (notes.next->checkpoint_period != 0) checkpoint_period_ = notes.next->checkpoint_period;
  if (!block_) return;
  topology::ServerState found;
  found.read_only = notes.found.at(plan_->old_primary).read_only;
  found.super_read_only = notes.found.at(plan_->old_primary).super_read_only;
  block_.emplace(world_, old(), plan_->block, found);
  std::optional<topology::ServerState> stopped_at;
  const topology::ServerState* next_now = snapshot_.find(plan_->new_primary)->state();
  if (notes.recovered && next_now) {
    stopped_at.emplace();
    stopped_at->version = next_now->version;
    stopped_at->binlog_end = gtid::LogCoordinates::parse(notes.recovered->end).value_or(gtid::LogCoordinates{});
    stopped_at->executed_gtids = notes.recovered->gtids;
  }
  block_->take_over(std::move(stopped_at));
}

// A step that had begun may have been done.
void SwitchRun::see_what_was_done(const store::RecoveryRecord& record) {
  for (const store::StepRecord& step : record.steps) {
    const auto is = [&](StepKind kind, const ServerId& target) {
      return step.intent.name == plan::to_string(kind) && step.intent.target == target.text;
    };
    const ServerId &from = plan_->old_primary, &to = plan_->new_primary;
    if (is(StepKind::stop_ip_hook, from)) stop_called_ = true;
    if (is(StepKind::block_writes, from)) block_.emplace(world_, old(), plan_->block, topology::ServerState{});
    if (is(StepKind::stop_replication, to)) next_stopped_ = true;
    if (is(StepKind::start_ip_hook, to)) start_called_ = true;
    if (is(StepKind::stop_ip_hook, to)) taken_back_ = step.outcome == store::StepOutcome::done;
  }
}

// A primary that does not answer has nothing to be undone, but for who was to follow it: whether it is dead is judged later.
sys::Task<void> SwitchRun::undo_interrupted(const Interrupted& interrupted, ResumeResult& end) {
  snapshot_ = co_await world_.observe(2s);
  take_over(interrupted);
  auto old_answers = co_await old().connect(in(3s));
  auto next_answers = co_await next().connect(in(3s));
  if (!next_answers) {
    world_.log.warning(next_config().host_info() + " does not answer and is left as it is: " + next_answers.error().what);
    next_stopped_ = false;
    checkpoint_period_.reset();
  }
  if (old_answers) {
    co_await undo();
  } else {
    world_.log.warning(old_config().host_info() + " does not answer: " + old_answers.error().what);
    WayBack way{StepKind::put_back, plan_->new_primary, "replicate from the old primary as before",
                next_stopped_ ? next().dialect().start_replica() + " on " + next_config().hostname : ""};
    if (next_stopped_) co_await go_back(std::move(way), put_back());
  }
  co_await report_positions_as_before();
  end.closed = unfinished_.empty();
  if (end.closed) {
    end.why += fmt::format(". {} is the primary as before", old_config().host_info());
    recorder_->finish(store::RecoveryOutcome::abandoned, "interrupted, and undone by the next manager");
  } else {
    end.why += fmt::format(". {}. Mend that, or put it into order by hand and type: {}", join(unfinished_, "; "),
                           interrupted.to_close);
  }
}

sys::Task<void> SwitchRun::finish_interrupted(const Interrupted& interrupted, ResumeResult& end) {
  snapshot_ = co_await world_.observe(2s);
  take_over(interrupted);
  Status ready = co_await open_again(interrupted);
  if (!ready) {
    end.why += ". " + ready.error().what;
    co_return;
  }
  const bool is_replica = snapshot_.find(plan_->new_primary)->replica() != nullptr;
  co_await start_those_that_have_moved();
  plan_moves(interrupted);
  co_await move_everybody();
  if (is_replica) co_await reset_new_primary();
  auto result = co_await finish(Status{});
  end.closed = true;
  end.new_primary = result.new_primary;
  end.exit_code = result.exit_code;
  if (!result.why.empty()) end.why += ". " + result.why;
}

// Whatever of activation is still to be done, and the old primary closed before (R1).
sys::Task<Status> SwitchRun::open_again(const Interrupted& interrupted) {
  Status ready = request_.still_ours();
  const topology::ServerState* next_now = snapshot_.find(plan_->new_primary)->state();
  auto joins_at = gtid::LogCoordinates::parse(interrupted.notes.recovered->joins_at);
  if (ready && !next_now) ready = fail(Errc::unreachable, next_config().host_info() + " does not answer any more");
  if (ready && !joins_at) ready = fail(joins_at.error());
  if (!ready) co_return ready;
  promoted_ = *next_now;
  promoted_->binlog_end = *joins_at;
  const topology::ServerState* old_now = snapshot_.find(plan_->old_primary)->state();
  if (old_now && !old_now->read_only && plan_->block != BlockBy::nothing) {
    ready = co_await recorder_->step(StepKind::block_writes, old_config().id, "take no more writes",
                                     old().set_read_only(true, in(5s)));
    if (!ready) co_return ready;
  }
  if (has_script() && !interrupted.address_given) {
    Status given = co_await recorder_->step_anyway(
        StepKind::start_ip_hook, next_config().id, "give it the address by script",
        run_script(hooks::OnlineChange::start, plan_->old_primary, plan_->new_primary));
    if (!given) unfinished(given.error().what);
  }
  if (next_now->read_only) {
    Status open = co_await recorder_->step_anyway(StepKind::enable_writes, next_config().id, "let it take writes",
                                                  next().set_writable(in(5s)));
    if (!open) unfinished(open.error().what);
  }
  activated_ = true;
  co_return Status{};
}

// They were pointed at it, and perhaps not started.
sys::Task<void> SwitchRun::start_those_that_have_moved() {
  std::vector<sys::Task<void>> started;
  for (const topology::Member& member : snapshot_.members) {
    const topology::Member* source = member.replica() ? topology::source_of(*member.replica(), snapshot_.members) : nullptr;
    const bool moved = source && source->facts.id == plan_->new_primary;
    if (moved && !runs(*member.replica())) started.push_back(start_again(member.facts.id));
  }
  co_await sys::when_all(std::move(started));
}

sys::Task<void> SwitchRun::start_again(ServerId id) {
  auto act = [](SwitchRun* run, ServerId who) -> sys::Task<Status> {
    auto started = co_await run->server(who).start_replica(run->in(10s));
    if (started) started = co_await wait_replicating(run->world_, run->server(who), run->next_config().ip, 60s);
    co_return started;
  };
  Status done = co_await recorder_->step_anyway(StepKind::repoint, id, "replicate from the new primary", act(this, id));
  if (!done) unfinished(done.error().what);
}

void SwitchRun::plan_moves(const Interrupted& interrupted) {
  for (const auto& [id, found] : interrupted.notes.found) {
    const bool is_old = id == plan_->old_primary;
    if (id == plan_->new_primary || (is_old ? !plan_->old_becomes_replica : !found.replica)) continue;
    const topology::Member* member = snapshot_.find(id);
    if (!member->state() || (!is_old && !member->replica())) {
      plan_->left_behind.push_back(id);
      continue;
    }
    const topology::Member* source = member->replica() ? topology::source_of(*member->replica(), snapshot_.members) : nullptr;
    if (source && source->facts.id == plan_->new_primary) continue;
    plan::Step step;
    step.kind = StepKind::repoint;
    step.target = id;
    step.keep_relay_logs = !is_old && found.replica->delay_seconds > 0;
    plan_->steps.push_back(std::move(step));
  }
  // What the new primary, which may have forgotten its source, was found with is the model of the old one's settings.
  for (topology::Member& member : snapshot_.members) {
    auto noted = interrupted.notes.found.find(member.facts.id);
    if (noted == interrupted.notes.found.end() || !noted->second.replica || !member.state()) continue;
    auto& state = std::get<topology::ServerState>(member.last.seen);
    if (state.channels.empty()) state.channels.push_back(*noted->second.replica);
    state.channels.front().delay_seconds = noted->second.replica->delay_seconds;
  }
}

}  // namespace tanist::execute

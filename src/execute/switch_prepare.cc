// What is slow, done while the primary still takes writes, so that nobody waits for it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "execute/notes.h"
#include "execute/switch_run.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;

namespace {
constexpr Duration kClose = 300ms;  // a replica that needs no longer for the newest event is close enough
constexpr Duration kFlushLimit = 30s;
constexpr Duration kMoreThanLag = 10s;
constexpr Duration kSlice = 1s;  // how long a server is left waiting before we look whether to go on
constexpr unsigned kSoonMs = 1;
}  // namespace

sys::Task<Status> SwitchRun::prepare() {
  const std::string plan_text = plan::text(*plan_, snapshot_);
  auto recovery = world_.journal.begin(cluster_.name, store::kSwitchKind, plan_text, world_.clock.wall_now());
  if (!recovery) co_return fail(recovery.error().during("journal the start of the switch"));
  recorder_.emplace(world_, *recovery);
  request_.changes_begin();
  // Who was chosen, and agreed to, stays chosen.
  request_.policy.forced_host = next_config().hostname;
  request_.policy.forced_port = next_config().port;

  co_await look_how_often_it_reports();
  note_how_it_was();
  auto flushed = co_await flush();
  if (!flushed) co_return flushed;
  auto close = co_await recorder_->step(StepKind::catch_up, next_config().id,
                                        "wait until it follows the old primary closely", catch_up());
  if (!close) co_return close;
  auto again = co_await decide();
  if (!again) co_return again;
  note_how_it_was();
  world_.log.info("** Phase 1: Configuration Check Phase completed.");
  world_.log.info("");
  co_return asked_to_stop();
}

// With the next step: what an undo by the next manager goes back to, should this one die.
void SwitchRun::note_how_it_was() {
  for (const topology::Member& member : snapshot_.members)
    note_found(*recorder_, member, member.facts.id == plan_->old_primary);
  note_intended(*recorder_, {.id = plan_->new_primary,
                             .gtid_mode = plan_->gtid_mode,
                             .old_becomes_replica = plan_->old_becomes_replica,
                             .block = std::string(to_string(plan_->block)),
                             .checkpoint_period = found_period_});
}

// Makes the lock that follows quick. Where it fails nothing is lost by that.
sys::Task<Status> SwitchRun::flush() {
  const auto& steps = plan_->steps;
  auto is_flush = [](const plan::Step& step) { return step.kind == StepKind::flush_tables; };
  if (std::none_of(steps.begin(), steps.end(), is_flush)) co_return Status{};
  world_.log.info("Executing FLUSH NO_WRITE_TO_BINLOG TABLES. This may take long time..");
  auto act = [](SwitchRun* run) -> sys::Task<Status> {
    auto patience = co_await run->old().wait_for_locks(1, run->in(5s));
    if (!patience) co_return patience;
    auto flushed = co_await run->old().execute(mysql::Dialect::flush_tables(), run->in(kFlushLimit));
    co_return flushed;
  };
  Status done =
      co_await recorder_->step_anyway(StepKind::flush_tables, old_config().id, "flush tables", act(this));
  if (done) {
    world_.log.info(" ok.");
  } else {
    world_.log.warning("Tables could not be flushed; going on: " + done.error().what);
  }
  co_return asked_to_stop();
}

Goal SwitchRun::goal_at(const topology::ServerState& primary) const {
  return {primary.binlog_end, primary.version.is_mysql() ? primary.executed_gtids : "", true};
}

// Lag in seconds is a coarse measure, and writes will wait for whatever is missing: the newest event of this
// moment must arrive within a fraction of a second.
sys::Task<Status> SwitchRun::catch_up() {
  co_await report_positions_sooner();
  const TimePoint deadline = in(std::chrono::seconds(request_.policy.seconds_behind_limit) + kMoreThanLag);
  for (;;) {
    auto primary = co_await old().state(in(5s));
    if (!primary) co_return fail(primary.error());
    const TimePoint began = world_.clock.now();
    auto reached = co_await reach(goal_at(*primary), deadline - began);
    if (!reached && reached.error().code == Errc::timeout) {
      co_return fail(Errc::timeout, reached.error().what + ". Under this load it does not come close enough to the "
                                                          "primary; nothing was changed. Try again when less is written");
    }
    if (!reached) co_return reached;
    const Duration took = world_.clock.now() - began;
    if (took <= kClose) co_return Status{};
    if (world_.clock.now() > deadline) {
      co_return fail(
          Errc::timeout,
          fmt::format("{} stays {} ms behind the primary under this load; writes would have to wait as long. "
                      "Nothing was changed",
                      next().host_info(),
                      std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    }
  }
}

// Parallel appliers say where they are every 300 ms only; without GTIDs that is what writes would wait for.
sys::Task<void> SwitchRun::look_how_often_it_reports() {
  const topology::ServerState& state = found(plan_->new_primary);
  if (by_gtid() || state.parallel_workers == 0 || !mysql::Dialect(state.version).has_checkpoint_period())
    co_return;
  auto period = co_await next().number_of("replica_checkpoint_period", in(3s));
  if (period && *period > kSoonMs) found_period_ = static_cast<unsigned>(*period);
}

sys::Task<void> SwitchRun::report_positions_sooner() {
  if (found_period_ == 0) co_return;
  checkpoint_period_ = found_period_;
  Status set = co_await next().execute(next().dialect().set_checkpoint_period(kSoonMs), in(3s));
  if (!set) world_.log.warning(set.error().what);
}

sys::Task<void> SwitchRun::report_positions_as_before() {
  if (!checkpoint_period_) co_return;
  const std::string sql =
      next().dialect().set_checkpoint_period(*std::exchange(checkpoint_period_, std::nullopt));
  Status set =
      co_await recorder_->step_anyway(StepKind::put_back, next_config().id,
                                      "say its position as often as before", next().execute(sql, in(3s)));
  if (!set) world_.log.warning(set.error().what + ". Type on it: " + sql);
}

// The server itself waits, so that no time passes between its arriving there and our knowing it.
sys::Task<Status> SwitchRun::reach(Goal goal, Duration limit) {
  const TimePoint deadline = in(limit);
  Server& replica = next();
  for (;;) {
    auto state = co_await replica.state(in(5s));
    if (!state) co_return fail(state.error());
    if (!state->replica()) co_return fail(Errc::conflict, replica.host_info() + " is no replica any more");
    if (has_applied(*state, goal)) co_return Status{};
    if (!state->replica()->applier_running) {
      co_return fail(Errc::refused,
                     fmt::format("the applier of {} stopped: {} {}", replica.host_info(),
                                 state->replica()->applier_errno, state->replica()->applier_error));
    }
    Status asked = asked_to_stop();
    if (!asked) co_return asked;
    if (world_.clock.now() >= deadline) {
      co_return fail(
          Errc::timeout,
          fmt::format("{} has not applied everything up to {} within {} s: it is at {}", replica.host_info(),
                      goal.end.text(), std::chrono::duration_cast<std::chrono::seconds>(limit).count(),
                      state->replica()->executed.text()));
    }
    const TimePoint began = world_.clock.now();
    const unsigned seconds = std::chrono::duration_cast<std::chrono::seconds>(kSlice).count();
    std::string wait = by_gtid() ? replica.dialect().wait_for_gtids(goal.gtids, seconds)
                                 : replica.dialect().wait_for_position(goal.end, seconds);
    auto waited = co_await replica.execute(std::move(wait), in(kSlice + 5s));
    if (!waited) co_return waited;
    // It said at once that it cannot wait for that, and is not there either.
    if (world_.clock.now() - began < 1ms) co_await sys::sleep_for(world_.clock, 5ms);
  }
}

}  // namespace tanist::execute

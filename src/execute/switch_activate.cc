// The point of no return and what lies behind it: the new primary takes writes, everybody else follows it.
#include <fmt/format.h>

#include "execute/clients.h"
#include "execute/switch_run.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::BlockBy;
using plan::StepKind;

namespace {
std::chrono::milliseconds ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}
}  // namespace

sys::Task<Status> SwitchRun::activate() {
  Status done;
  if (has_script()) {
    done = co_await recorder_->step(
        StepKind::start_ip_hook, next_config().id, "give it the address by script",
        run_script(hooks::OnlineChange::start, plan_->old_primary, plan_->new_primary));
  }
  const bool started = done.has_value();
  if (done) {
    world_.log.info(fmt::format("Setting read_only=0 on {}..", next_config().host_info()));
    done = co_await recorder_->step_anyway(StepKind::enable_writes, next_config().id, "let it take writes",
                                           next().set_writable(in(5s)));
  }
  if (!done) {
    const Error why = done.error();
    Way way = co_await after_failed_start(why);
    if (way != Way::on) co_return fail(why);
    unfinished(started
                   ? fmt::format("{} may not take writes yet: {}. Type on it: {}", next_config().host_info(),
                                 why.what, next().dialect().set_read_only(false))
                   : why.what);
  }
  activated_ = true;
  blocked_ = ms(world_.clock.now() - blocked_since_);
  world_.log.info(fmt::format("Writes were blocked for {} ms{}.", blocked_.count(),
                              has_script()
                                  ? fmt::format(", {} ms after the script began to take the address away",
                                                ms(world_.clock.now() - script_began_).count())
                                  : ""));
  co_return Status{};
}

// A script that failed may have done a part of its work, and clients may write to the new primary already:
// then going back would lose what they wrote. So it is closed first, and then asked whether its log has
// moved.
sys::Task<SwitchRun::Way> SwitchRun::after_failed_start(const Error& why) {
  next_closed_ = true;
  Status closed = co_await recorder_->step_anyway(StepKind::block_writes, next_config().id,
                                                  "take no writes until it is known who is to",
                                                  next().set_read_only(true, in(5s)));
  auto state = co_await next().state(in(5s));
  if (closed && state) {
    if (state->binlog_end == promoted_->binlog_end) co_return Way::back;
    world_.log.warning(
        fmt::format("{}; but {} has been written to already, so that it stays the new primary.", why.what,
                    next_config().host_info()));
    Status open = co_await recorder_->step_anyway(StepKind::enable_writes, next_config().id,
                                                  "take writes all the same", next().set_writable(in(5s)));
    if (!open) unfinished(open.error().what);
    co_return Way::on;
  }
  // It says nothing. Where a script sees to it that no client reaches it, the old primary may go on.
  const Error silent = closed ? state.error() : closed.error();
  taken_back_ = start_called_;
  Status away = fail(silent);
  if (start_called_) {
    away = co_await recorder_->step_anyway(
        StepKind::stop_ip_hook, next_config().id, "take the address away again by script",
        run_script(hooks::OnlineChange::stop, plan_->new_primary, plan_->old_primary));
  }
  if (away) {
    world_.log.warning(
        fmt::format("{} says nothing ({}). If it has been written to since {}, that is on it alone.",
                    next_config().host_info(), silent.what, promoted_->binlog_end.text()));
    co_return Way::back;
  }
  stuck_ = true;
  co_return Way::none;
}

sys::Task<void> SwitchRun::move_everybody() {
  world_.log.info("* Switching slaves in parallel..");
  world_.log.info("");
  if (plan_->block == BlockBy::nothing) {
    Status closed = co_await recorder_->step_anyway(StepKind::block_writes, old_config().id,
                                                    "take no more writes", old().set_read_only(true, in(5s)));
    if (!closed) unfinished(closed.error().what);
  }
  Status ended = co_await recorder_->step_anyway(StepKind::end_connections, old_config().id,
                                                 "end what clients still have open there", end_clients(world_, old()));
  if (!ended) unfinished("The clients of the old primary could not be told to go: " + ended.error().what);
  if (plan_->block == BlockBy::read_lock) {
    world_.log.info("Unlocking all tables on the orig master:");
    Status unlocked = co_await recorder_->step_anyway(StepKind::unlock_tables, old_config().id,
                                                      "release the lock", block_->release_lock());
    if (!unlocked) world_.log.warning(unlocked.error().what);  // it went with the connection
  }
  // By position the old primary comes last: what it applies as a replica it writes into its own log, and whoever still
  // reads that would have it twice.
  const bool old_last = !by_gtid();
  std::vector<sys::Task<void>> moves, afterwards;
  for (const plan::Step& step : plan_->steps) {
    if (step.kind != StepKind::repoint) continue;
    (old_last && step.target == plan_->old_primary ? afterwards : moves).push_back(repoint(step));
  }
  co_await sys::when_all(std::move(moves));
  co_await sys::when_all(std::move(afterwards));
  for (const ServerId& id : plan_->left_behind) {
    unfinished(fmt::format("{} was not to be had and is left as it is", config_of(id).host_info()));
  }
  if (!plan_->old_becomes_replica) {
    world_.log.info(fmt::format("{} is left read-only.", old_config().host_info()));
    auto now = co_await old().state(in(5s));
    Status still = now ? block_->check_still(*now) : Status{};
    if (!still && !now->replica()) unfinished(still.error().what + ": what was written there is there alone");
  }
}

sys::Task<void> SwitchRun::repoint(plan::Step step) {
  const config::ServerConfig& who = config_of(step.target);
  const bool is_old = step.target == plan_->old_primary;
  if (is_old) world_.log.info("Starting orig master as a new slave..");
  // Named before it is awaited: g++ 12 destroys a task twice that is made by ?: within a co_await.
  sys::Task<Status> move = is_old ? make_replica(old()) : repoint_one(server(step.target), step);
  Status done = co_await recorder_->step_anyway(StepKind::repoint, step.target,
                                                "replicate from the new primary", std::move(move));
  if (done) {
    world_.log.info(fmt::format("{}: replicating from {}.", who.host_info(), next_config().host_info()));
  } else {
    unfinished(fmt::format("{} does not replicate from {}: {}", who.host_info(), next_config().host_info(),
                           done.error().what));
  }
}

sys::Task<Status> SwitchRun::repoint_one(Server& replica, plan::Step step) {
  const Goal goal = goal_at(block_->stopped_at());
  topology::ReplicaStatus now = *found(step.target).replica();
  if (step.keep_relay_logs) {
    auto received = co_await wait_until_progress(world_, replica, goal, Until::received, never_);
    if (!received) co_return fail(received.error());
    now = *received->replica();
  }
  FollowOrder order{.next = next_config(),
                    .from = promoted_->binlog_end,
                    .auto_position = by_gtid(),
                    .before = *found(step.target).replica(),
                    .found = found(step.target),
                    .now = std::move(now),
                    .goal = goal,
                    .source_ends_there = true,
                    .keep_relay_logs = step.keep_relay_logs};
  bool changed = false;
  auto followed = co_await follow(world_, replica, std::move(order), never_, changed);
  co_return followed;
}

// It asks for events as the new primary did of it, from where that began to be alone. What it may have beyond
// that, nobody else has: then it is left to a person.
sys::Task<Status> SwitchRun::make_replica(Server& orig) {
  const topology::ReplicaStatus& model = *found(plan_->new_primary).replica();
  mysql::ChangeSource change = new_source(next_config(), model);
  change.heartbeat_seconds = wanted_heartbeat(orig.config());
  change.delay_seconds = 0;
  if (by_gtid() && found(plan_->old_primary).version.is_mysql()) change.gtid = mysql::GtidUse::auto_position;
  if (change.gtid == mysql::GtidUse::none) change.from = promoted_->binlog_end;

  auto now = co_await orig.state(in(5s));
  if (!now) co_return fail(now.error());
  const bool follows_it = now->replica() && now->replica()->receiver != topology::ReceiverState::stopped;
  Status still = block_->check_still(*now);
  if (!still && !follows_it) {
    co_return fail(
        Errc::conflict,
        fmt::format("{}: what was written there is there alone. Mend that, then type on it: {}; {}",
                    still.error().what, orig.dialect().change_source_masked(change),
                    orig.dialect().start_replica()));
  }
  if (!change.password && !now->replica()) {
    co_return fail(Errc::invalid,
                   fmt::format("no repl_password is configured for {}. Type on it, with the password: {}; {}",
                               next_config().host_info(), orig.dialect().change_source_masked(change),
                               orig.dialect().start_replica()));
  }
  Status done;
  if (now->replica()) done = co_await orig.stop_replica(in(70s));
  if (done && change.gtid == mysql::GtidUse::slave_pos) {
    auto has = goal_of_source(*now);
    if (has) done = co_await orig.execute(mysql::Dialect::set_slave_pos(has->gtids), in(5s));
  }
  if (done) done = co_await orig.change_source(std::move(change), in(10s));
  if (done) done = co_await orig.start_replica(in(10s));
  if (done) done = co_await wait_replicating(world_, orig, next_config().ip, 30s);
  co_return done;
}

sys::Task<void> SwitchRun::reset_new_primary() {
  world_.log.info("* Phase 5: New master cleanup phase..");
  world_.log.info("");
  if (next_config().skip_reset_slave) co_return;
  world_.log.info("Resetting slave info on the new master..");
  Status done = co_await recorder_->step_anyway(StepKind::reset_replica, next_config().id,
                                                "forget the old primary", next().reset_replica_all(in(20s)));
  if (!done) unfinished(done.error().what);
}

}  // namespace tanist::execute

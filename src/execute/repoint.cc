// Promotion, activation, and phases 4 and 5: the new primary takes writes, the others follow it.
#include <fmt/format.h>

#include "execute/failover_run.h"
#include "execute/follow.h"
#include "execute/notes.h"
#include "execute/progress.h"
#include "hooks/arguments.h"
#include "execute/from_config.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;
using topology::ReceiverState;

// Waits until the chosen replica has applied everything, then takes it out of replication. Its own log position at
// that moment is where everybody else joins it.
sys::Task<Status> FailoverRun::promote() {
  const ServerId id = plan_->new_primary;
  ReplicaProgress& progress = *progress_.at(id);
  co_await progress.drained.wait_until(in(24h));
  if (!progress.drain) {
    co_return fail(progress.drain.error().during("bring the new primary up to date"));
  }
  if (!gtid_based()) {
    world_.log.info("* Phase 3.5: Master Log Apply Phase..");
    world_.log.info("");
  }
  Status done = co_await recorder_->step(StepKind::wait_applied, id, "wait until everything received is applied",
                                         wait_applied(server(id)));
  if (!done) co_return done;
  auto stop = [](FailoverRun* run, ServerId target) -> sys::Task<Status> {
    run->progress_.at(target)->touched = true;
    auto stopped = co_await run->server(target).stop_replica(run->in(70s));
    if (!stopped) co_return stopped;
    auto state = co_await run->server(target).state(run->in(5s));
    if (!state) co_return fail(state.error());
    if (!state->log_bin) co_return fail(Errc::conflict, run->server(target).host_info() + " writes no binary log");
    run->promoted_ = std::move(*state);
    co_return Status{};
  };
  done = co_await recorder_->step(StepKind::stop_replication, id, "end replication on the new primary", stop(this, id));
  if (!done) co_return done;
  note_recovered(*recorder_, id, how_far());
  report_.line(fmt::format("{}: OK: Applying all logs succeeded.", config_of(id).host_info()));
  world_.log.info(fmt::format("{}: all events are applied; its own log is at {}.", config_of(id).host_info(),
                              promoted_->binlog_end.text()));
  co_return Status{};
}

sys::Task<Status> FailoverRun::give_address(ServerId to) {
  const config::ServerConfig& next = config_of(to);
  const bool ssh = dead_host_.ssh_reachable.value_or(false);
  hooks::Call call{
      next.master_ip_failover_script,
      hooks::ip_failover_start(hook_server(dead(), cluster_, ssh), hook_server(next, cluster_, true)),
      in(next.hook_timeout)};
  world_.log.info("Executing master IP activate script:\n  " + hooks::printable(call));
  const std::string failed = fmt::format("Failed to activate master IP address for {} with ", next.host_info());
  AddressWords words{.log_failed = "Failed to activate master IP address with ",
                     .done = fmt::format("{}: OK: Activated master IP address.", next.host_info()),
                     .failed_but_go_on = failed,
                     .failed = failed};
  auto done = co_await run_address_script(std::move(call), std::move(words));
  co_return done;
}

sys::Task<Status> FailoverRun::activate() {
  const config::ServerConfig& next = config_of(plan_->new_primary);
  if (next.master_ip_failover_script.empty()) {
    world_.log.warning("master_ip_failover_script is not set. Skipping taking over new master IP address.");
  } else {
    Status done = co_await recorder_->step(StepKind::start_ip_hook, next.id, "give the address to the new primary",
                                           give_address(next.id));
    // Whoever was frozen meanwhile may have been robbed of its lock (R6).
    if (done) done = still_ours();
    if (!done) co_return done;
  }
  activated_ = true;
  request_.activated(next.id, how_far());
  report_.activated(next.hostname);
  if (!request_.policy.skip_disable_read_only) co_await enable_writes();
  world_.log.info("** Finished master recovery successfully.");
  world_.log.info("* Phase 3: Master Recovery Phase completed.");
  world_.log.info("");
  co_return Status{};
}

// Its failure stops nothing (reference 6.9): clients are on the new primary already, and the others must follow it.
sys::Task<void> FailoverRun::enable_writes() {
  const config::ServerConfig& next = config_of(plan_->new_primary);
  world_.log.info(fmt::format("Setting read_only=0 on {}..", next.host_info()));
  Status done = co_await recorder_->step_anyway(StepKind::enable_writes, next.id, "let the new primary take writes",
                                                server(next.id).set_writable(in(10s)));
  if (done) {
    world_.log.info(" ok.");
    co_return;
  }
  const std::string what =
      fmt::format("{} may not take writes yet: {}. Type on it: {}", next.host_info(), done.error().what,
                  mysql::Dialect(promoted_->version).set_read_only(false));
  world_.log.error(what);
  unfinished_.push_back(what);
}

sys::Task<void> FailoverRun::repoint_replicas() {
  world_.log.info("* Phase 4: Slaves Recovery Phase..");
  world_.log.info("");
  world_.log.info(gtid_based() ? "* Phase 4.1: Starting Slaves in parallel.."
                               : "* Phase 4.1: Starting Parallel Slave Diff Log Generation Phase..");
  world_.log.info("");
  if (!gtid_based()) {
    world_.log.info("* Phase 4.2: Starting Parallel Slave Log Apply Phase..");
    world_.log.info("");
  }
  std::vector<sys::Task<void>> tasks;
  for (const plan::Step& step : plan_->steps) {
    if (step.kind == StepKind::repoint) tasks.push_back(repoint(step));
  }
  for (const ServerId& id : plan_->left_behind) {
    progress_.at(id)->repointed = fail(Errc::refused, "left behind by the plan");
    report_.line(fmt::format("{}: ERROR: Could not be recovered; it is left as it is.", config_of(id).host_info()));
  }
  co_await sys::when_all(std::move(tasks));
  co_await background_.wait();
  co_await end_stand_in();
  world_.log.info("All new slave servers recovery was tried.");
}

sys::Task<void> FailoverRun::repoint(plan::Step step) {
  const ServerId& id = step.target;
  ReplicaProgress& progress = *progress_.at(id);
  co_await progress.drained.wait_until(in(24h));
  if (!progress.drain) {
    report_.line(fmt::format("{}: ERROR: Could not be brought up to date: {}", config_of(id).host_info(), progress.drain.error().what));
    co_return;
  }
  Status done = co_await recorder_->step_anyway(StepKind::repoint, id, "replicate from the new primary",
                                                repoint_one(server(id), step));
  progress.repointed = done;
  if (!done) {
    report_.line(fmt::format("{}: ERROR: Starting slave failed: {}", config_of(id).host_info(), done.error().what));
    world_.log.error(done.error().what);
    co_return;
  }
  report_.line(fmt::format("{}: OK: Applying all logs succeeded. Slave started, replicating from {}.",
                           config_of(id).host_info(), config_of(plan_->new_primary).host_info()));
  report_.recovered(config_of(id).hostname);
}

sys::Task<Status> FailoverRun::repoint_one(Server& replica, plan::Step step) {
  const topology::Member& member = *snapshot_.find(replica.config().id);
  ReplicaProgress& progress = *progress_.at(step.target);
  FollowOrder order{.next = config_of(plan_->new_primary),
                    .from = promoted_->binlog_end,
                    .auto_position = gtid_based(),
                    .before = progress.before,
                    .found = *member.state(),
                    .now = progress.state ? *progress.state->replica() : *member.replica(),
                    .goal = goal_for(step.target),
                    .wait_applied = request_.policy.wait_until_gtid_in_sync,
                    .keep_relay_logs = step.keep_relay_logs};
  bool changed = false;
  auto followed = co_await follow(world_, replica, std::move(order), undoing_, changed);
  if (changed) progress.pointed_elsewhere = progress.gtid_turned_off = false;
  co_return followed;
}

sys::Task<void> FailoverRun::reset_new_primary() {
  world_.log.info("* Phase 5: New master cleanup phase..");
  world_.log.info("");
  const config::ServerConfig& next = config_of(plan_->new_primary);
  if (next.skip_reset_slave || request_.policy.skip_change_master) co_return;
  world_.log.info("Resetting slave info on the new master..");
  Status done = co_await recorder_->step_anyway(StepKind::reset_replica, next.id,
                                                "forget the old primary on the new one",
                                                server(next.id).reset_replica_all(in(20s)));
  report_.line(fmt::format("{}: Resetting slave info {}.", next.hostname, done ? "succeeded" : "failed"));
  ReplicaProgress& progress = *progress_.at(next.id);
  if (done) progress.pointed_elsewhere = progress.gtid_turned_off = false;
  if (!done) unfinished_.push_back(done.error().what);
}

}  // namespace tanist::execute

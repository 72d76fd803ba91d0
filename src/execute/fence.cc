// Phase 2: the dead primary is kept from coming back, before anything else is decided. Each rung says whether it
// proved something: a script that returned 0 for power-off, a server process that is gone and whose port is free.
#include <fmt/format.h>

#include "execute/failover_run.h"
#include "hooks/arguments.h"
#include "execute/from_config.h"
#include "execute/node_fence.h"
#include "execute/notes.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::Rung;
using plan::RungOutcome;
using plan::StepKind;

// How long clients wait for the others' drains, so that shutdown_script keeps its place.
constexpr Duration kShutdownPatience = 3s;
// Whoever gave no sign of life within that time is not asked again.
constexpr Duration kAskedJustNow = 1s;

sys::Task<Status> FailoverRun::fence() {
  world_.log.info("* Phase 2: Dead Master Shutdown Phase..");
  world_.log.info("");
  plan::Decision intended = plan::plan_failover(snapshot_, request_.policy, dead_host_, {});
  // What cannot end well is not begun: nothing has been touched yet.
  if (const auto* refusal = std::get_if<plan::Refusal>(&intended)) co_return fail(as_error(*refusal));
  Status alive_again = co_await check_still_dead();
  if (!alive_again) co_return alive_again;
  const std::string plan_text = plan::text(std::get<plan::Plan>(intended), snapshot_);
  auto recovery = world_.journal.begin(cluster_.name, store::kFailoverKind, plan_text, world_.clock.wall_now());
  if (!recovery) co_return fail(recovery.error().during("journal the start of the failover"));
  recorder_.emplace(world_, *recovery);
  note_found(*recorder_, *snapshot_.find(dead().id), true);
  phase2_reached_ = true;
  request_.phase2_begins();
  report_.line(fmt::format("Master {} is down!", dead().host_info()));
  report_.blank();
  report_.line(fmt::format("Check MHA Manager logs at {} for details.", request_.log_place));
  report_.blank();
  report_.line(request_.interactive ? "Started manual(interactive) failover."
                                    : "Started automated(non-interactive) failover.");

  co_await test_ssh(dead().ssh_connection_timeout);
  Status done;
  // Whoever is known to answer is closed before anything else happens to him.
  const bool may_answer = request_.policy.given_up || !request_.check_still_dead;
  if (may_answer) {
    done = co_await climb(Rung::live_connection, close_live(request_.policy.given_up ? 5s : 1s));
    if (!done && rung(Rung::live_connection).outcome == RungOutcome::not_tried) co_return done;  // not journalled
  }
  if (dead().master_ip_failover_script.empty()) {
    world_.log.warning("master_ip_failover_script is not set. Skipping invalidating dead master IP address.");
  } else {
    done = co_await climb(Rung::address_script, stop_ip_hook());
    if (!done) co_return done;
  }
  if (request_.policy.fence_over_ssh && *dead_host_.ssh_reachable) {
    done = co_await climb(Rung::over_ssh, kill_server());
    if (!done) world_.log.warning("The server process could not be ended over ssh: " + done.error().what);
  }
  // shutdown_script may power the host off, and with it the only copy of the last events: once the server process is
  // proven gone the script waits until the replicas have fetched them (run_late_shutdown).
  const bool has_script = !dead().shutdown_script.empty();
  late_shutdown_ = dead_host_.server_gone && request_.policy.standin && has_script;
  if (!has_script) {
    world_.log.warning("shutdown_script is not set. Skipping explicit shutting down of the dead master.");
  } else if (!late_shutdown_) {
    done = co_await climb(Rung::shutdown_script, shutdown_hook());
    if (!done) co_return done;
  }
  if (!dead_host_.fence_proven) {
    done = co_await prove_otherwise();
    if (!done) co_return done;
  }
  for (const std::string& line : dead_host_.ladder.lines()) world_.log.info("Fence " + line);
  if (!dead_host_.fence_proven) {
    world_.log.warning(fmt::format("Nothing proves that {} cannot come back writable. Keep it down by hand, or set "
                                   "shutdown_script.",
                                   dead().host_info()));
    plan::DeadHost judged = dead_host_;
    judged.fence_done = true;
    if (auto refusal = plan::check_fence(snapshot_, request_.policy, judged)) co_return fail(as_error(*refusal));
  }
  world_.log.info("* Phase 2: Dead Master Shutdown Phase completed.");
  world_.log.info("");
  co_return Status{};
}

// Before activation where that keeps nobody waiting, because a script that says no still means that nothing is promoted
// (reference 3.4). Where a slow replica or a long tail still needs the host, clients do not wait for it: the fence is
// proven, and the script runs once everybody has what it needs.
sys::Task<Status> FailoverRun::run_late_shutdown() {
  if (!late_shutdown_) co_return Status{};
  const TimePoint patience = in(kShutdownPatience);
  for (const auto& entry : progress_) co_await entry.second->drained.wait_until(patience);
  co_await tail_saved_.wait_until(patience);
  if (!background_.idle()) {
    world_.log.warning(fmt::format("shutdown_script waits until the new primary is active: {} still serves events, and "
                                   "its server process is gone.", dead().host_info()));
    co_return Status{};
  }
  shutdown_called_ = true;
  co_await end_stand_in();
  auto done = co_await climb(Rung::shutdown_script, shutdown_hook());
  co_return done;
}

// One rung, as a step of the journal that says what it proved. What a rung does not say of itself, its failure says.
sys::Task<Status> FailoverRun::climb(Rung which, sys::Task<Status> act) {
  auto climbing = [](FailoverRun* run, Rung rung, sys::Task<Status> doing) -> sys::Task<Status> {
    run->rung(rung) = {};
    Status done = co_await std::move(doing);
    plan::RungResult& result = run->rung(rung);
    if (!done && result.outcome == RungOutcome::not_tried) result = {RungOutcome::failed, done.error().what};
    co_return done;
  };
  const plan::RungRow& row = plan::row_of(which);
  Status done = co_await recorder_->step(row.step, dead().id, std::string(row.what), climbing(this, which, std::move(act)),
                                         [this, which] { return plan::text(rung(which)); });
  dead_host_.fence_proven = dead_host_.ladder.proven();
  dead_host_.server_gone = dead_host_.ladder.server_gone();
  co_return done;
}

sys::Task<void> FailoverRun::run_last_shutdown() {
  if (!late_shutdown_ || shutdown_called_) co_return;
  Status done = co_await recorder_->step_anyway(StepKind::shutdown_hook, dead().id,
                                                "shut the dead primary down by script", shutdown_hook());
  if (done) co_return;
  const std::string what = fmt::format("{} was not shut down by script: {}. Keep it down by hand", dead().host_info(),
                                       done.error().what);
  world_.log.error(what);
  unfinished_.push_back(what);
}

sys::Task<void> FailoverRun::test_ssh(Duration limit) {
  if (dead_host_.ssh_reachable && !*dead_host_.ssh_reachable && !dead_host_.powered_off) co_return;
  auto connected = co_await world_.shell.connect(remote_host(dead()), in(limit));
  dead_host_.ssh_reachable = connected.has_value();
  if (connected) {
    world_.log.info(fmt::format("HealthCheck: SSH to {} is reachable.", dead().ssh_host));
  } else {
    world_.log.warning(fmt::format("HealthCheck: SSH to {} is NOT reachable: {}", dead().ssh_host,
                                   connected.error().what));
  }
}

sys::Task<Status> FailoverRun::stop_ip_hook() {
  address_taken_ = true;
  bool ssh = *dead_host_.ssh_reachable;
  hooks::Call call{dead().master_ip_failover_script,
                   hooks::ip_failover_stop(hook_server(dead(), cluster_, ssh), ssh), in(dead().hook_timeout)};
  world_.log.info("Executing master IP deactivation script:\n  " + hooks::printable(call));
  const std::string host = dead().host_info();
  AddressWords words{.log_failed = "Failed to deactivate master IP with ",
                     .done = "Invalidated master IP address on " + host,
                     .failed_but_go_on = fmt::format("Failed to invalidate master IP address on {} with ", host),
                     .failed = fmt::format("Failed to deactivate master IP address on {} with ", host)};
  auto done = co_await run_address_script(std::move(call), std::move(words));
  if (done) rung(Rung::address_script) = {RungOutcome::unproven, "who is connected stays connected"};
  co_return done;
}

// 10 says that it failed and that this is no reason to stop (reference 3.2).
sys::Task<Status> FailoverRun::run_address_script(hooks::Call call, AddressWords words) {
  auto outcome = co_await world_.hooks.run(std::move(call));
  switch (hooks::address_verdict(outcome.status)) {
    case hooks::AddressVerdict::done:
      world_.log.info(" done.");
      report_.line(words.done);
      co_return Status{};
    case hooks::AddressVerdict::failed_but_go_on:
      world_.log.warning(words.log_failed + outcome.what + ". Proceeding.");
      report_.line(words.failed_but_go_on + outcome.what);
      co_return Status{};
    case hooks::AddressVerdict::failed: break;
  }
  report_.line(words.failed + outcome.what);
  co_return fail(Errc::refused, "master_ip_failover_script: " + outcome.what);
}

sys::Task<Status> FailoverRun::shutdown_hook() {
  bool ssh = *dead_host_.ssh_reachable;
  hooks::Call call{dead().shutdown_script, hooks::shutdown_stop(hook_server(dead(), cluster_, ssh), ssh),
                   in(dead().hook_timeout)};
  world_.log.info("Executing SHUTDOWN script:\n  " + hooks::printable(call));
  auto outcome = co_await world_.hooks.run(std::move(call));
  switch (hooks::shutdown_verdict(outcome.status)) {
    case hooks::ShutdownVerdict::powered_off:
      rung(Rung::shutdown_script) = {RungOutcome::proven, "shutdown_script says that it is powered off"};
      world_.log.info(fmt::format("Power off done ({}).", dead().hostname));
      report_.line(fmt::format("Power off {}.", dead().hostname));
      dead_host_.powered_off = true;
      // The original believed the script and gave its log up. Power-off that still answers is still a log to save.
      if (ssh && !late_shutdown_) co_await test_ssh(1s);
      co_return Status{};
    case hooks::ShutdownVerdict::server_stopped:
      // Its word counts as much as that of power-off.
      rung(Rung::shutdown_script) = {RungOutcome::proven, "shutdown_script says that its server has ended"};
      world_.log.info(fmt::format("Master MySQL server on {} was stopped; SSH is reachable.", dead().hostname));
      report_.line(fmt::format("SSH is reachable, MySQL on {} was stopped.", dead().host_info()));
      co_return Status{};
    case hooks::ShutdownVerdict::failed: break;
  }
  report_.line(fmt::format("Failed to shut down {} with {}", dead().host_info(), outcome.what));
  co_return fail(Errc::refused, "shutdown_script: " + outcome.what);
}

// Where it cannot be done nothing is lost yet: the next rungs have their say.
sys::Task<Status> FailoverRun::close_live(Duration patience) {
  auto result = co_await live_fence_.close(patience);
  rung(Rung::live_connection) = result;
  if (result.outcome == RungOutcome::proven) co_return Status{};
  co_return fail(Errc::refused, result.detail);
}

// A primary that nothing has proven anything of: it may answer, or be unable to acknowledge anything.
sys::Task<Status> FailoverRun::prove_otherwise() {
  const bool long_ago = world_.clock.now() - asked_for_life_ > kAskedJustNow;
  if (rung(Rung::live_connection).outcome == RungOutcome::not_tried && long_ago) {
    auto sign = co_await sign_of_life(250ms);
    if (!sign.empty()) static_cast<void>(co_await climb(Rung::live_connection, close_live(1s)));
  }
  if (dead_host_.fence_proven || !dead_host_.semi_sync_may_prove) co_return Status{};
  co_await start_appliers();
  Status stopped = co_await stop_receivers();
  if (!stopped) co_return stopped;
  static_cast<void>(co_await climb(Rung::semi_sync, prove_by_semi_sync()));
  co_return Status{};
}

sys::Task<Status> FailoverRun::prove_by_semi_sync() {
  snapshot_ = co_await world_.observe(2s);
  rung(Rung::semi_sync) = plan::judge_semi_sync(request_.dead_semi_sync, snapshot_, request_.policy.dead_primary);
  co_return Status{};
}

sys::Task<Status> FailoverRun::kill_server() {
  auto node = co_await world_.shell.node(remote_host(dead()), dead().remote_workdir, in(10s));
  if (!node) co_return fail(node.error());
  remote::Command command;
  // The node gives up before we do, so that its reason is heard.
  command.argv = {*node, "fence", "--port", std::to_string(dead().port), "--address", dead().ip, "--timeout", "7"};
  if (!dead().master_pid_file.empty()) {
    command.argv.push_back("--pid-file");
    command.argv.push_back(dead().master_pid_file);
  }
  command.deadline = in(10s);
  auto result = co_await world_.shell.run(remote_host(dead()), std::move(command));
  if (!result) co_return fail(result.error());
  const NodeFence told = read_fence(result->output);
  if (!result->status.ok()) {
    if (!result->status.ended_by_us) rung(Rung::over_ssh) = {RungOutcome::unproven, told.reason + result->errors};
    co_return fail(Errc::refused,
                   fmt::format("tanist-node fence on {}: {}", dead().hostname,
                               result->status.ended_by_us ? "no answer in time" : told.reason + result->errors));
  }
  rung(Rung::over_ssh) = {RungOutcome::proven, fmt::format("no server process is left and port {} is free", dead().port)};
  world_.log.info(fmt::format("{}: no server process is left and port {} is free.", dead().host_info(), dead().port));
  for (const std::string& unit : told.stopped_units) {
    std::string stopped = fmt::format("{} was stopped on {}, so that it does not come back. To start it again: "
                                      "systemctl start {}", unit, dead().hostname, unit);
    world_.log.info(stopped);
    report_.line(std::move(stopped));
  }
  co_return Status{};
}

}  // namespace tanist::execute

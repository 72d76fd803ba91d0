// Phase 2: the old primary takes no more writes, the new one gets the last of them. Everything here is undone
// if the next thing fails.
#include <fmt/format.h>

#include "execute/from_config.h"
#include "execute/notes.h"
#include "execute/switch_run.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::BlockBy;
using plan::StepKind;

namespace {

// While it lasts nobody can write: who needs longer is not ready to be promoted.
constexpr Duration kLastEvents = 10s;

std::string_view said_of(BlockBy by) {
  switch (by) {
    case BlockBy::super_read_only:
      return "Executing SET GLOBAL super_read_only=1 on the orig master..";
    case BlockBy::read_lock:
      return "Executing FLUSH TABLES WITH READ LOCK on the orig master..";
    case BlockBy::read_only:
      return "Executing SET GLOBAL read_only=1 on the orig master..";
    case BlockBy::nothing:
      return "Skipping locking all tables; checking that the binlog of the orig master stands still..";
  }
  return "";
}

}  // namespace

sys::Task<Status> SwitchRun::block() {
  world_.log.info("* Phase 2: Rejecting updates Phase..");
  world_.log.info("");
  Status done;
  script_began_ = world_.clock.now();
  if (has_script()) {
    done = co_await recorder_->step(
        StepKind::stop_ip_hook, old_config().id, "take the address away by script",
        run_script(hooks::OnlineChange::stop, plan_->old_primary, plan_->new_primary));
    if (done) done = asked_to_stop();
    // It may have ended the connections to the servers, ours among them.
    if (done) done = co_await next().wait_for_locks(1, in(3s));
    if (!done) co_return done;
  }
  world_.log.info(said_of(plan_->block));
  block_.emplace(world_, old(), plan_->block, found(plan_->old_primary));
  blocked_since_ = world_.clock.now();
  done =
      co_await recorder_->step(StepKind::block_writes, old_config().id, "stop all writes", block_->begin());
  if (!done) co_return done;
  world_.log.info(" ok.");
  world_.log.info(fmt::format("Orig master binlog:pos is {}.", block_->stopped_at().binlog_end.text()));

  world_.log.info(fmt::format(" Waiting to execute all relay logs on {}..", next_config().host_info()));
  done = co_await recorder_->step(StepKind::wait_applied, next_config().id,
                                  "wait until it has applied everything",
                                  reach(goal_at(block_->stopped_at()), kLastEvents));
  if (!done) co_return done;
  done = co_await recorder_->step(StepKind::stop_replication, next_config().id, "end its replication",
                                  stop_replication());
  if (!done) co_return done;
  world_.log.info(fmt::format("{} has everything; its own log is at {}.", next_config().host_info(),
                              promoted_->binlog_end.text()));
  note_recovered(*recorder_, next_config().id, {.by_gtid = by_gtid(),
                                                .end = block_->stopped_at().binlog_end.text(),
                                                .gtids = block_->stopped_at().executed_gtids,
                                                .joins_at = promoted_->binlog_end.text()});
  done = co_await recorder_->step(StepKind::prove_block, old_config().id,
                                  "see that nobody has written meanwhile", block_->prove());
  co_return done;
}

// Where its own log stands then is where everybody else joins it.
sys::Task<Status> SwitchRun::stop_replication() {
  next_stopped_ = true;
  auto stopped = co_await next().stop_replica(in(10s));
  if (!stopped) co_return stopped;
  auto state = co_await next().state(in(5s));
  if (!state) co_return fail(state.error());
  if (!state->replica() || !has_applied(*state, goal_at(block_->stopped_at()))) {
    co_return fail(Errc::conflict,
                   next().host_info() + " does not have everything that the old primary has written");
  }
  promoted_ = std::move(*state);
  co_return Status{};
}

// `from` and `to` as the script hears of them: on the way back they have changed places. The text of a call
// is that of the old primary's section, when that has one (reference 3.3).
hooks::Call SwitchRun::script_call(hooks::OnlineChange phase, const ServerId& from,
                                   const ServerId& to) const {
  const config::ServerConfig &orig = config_of(from), &next = config_of(to);
  const bool stop = phase == hooks::OnlineChange::stop;
  const std::string& own = (stop ? orig : next).master_ip_online_change_script;
  const std::string& other = (stop ? next : orig).master_ip_online_change_script;
  return hooks::Call{own.empty() ? other : own,
                     hooks::online_change(phase, hook_server(orig, cluster_, true),
                                          hook_server(next, cluster_, true), plan_->old_becomes_replica),
                     in(orig.hook_timeout)};
}

sys::Task<Status> SwitchRun::run_script(hooks::OnlineChange phase, ServerId from, ServerId to) {
  const bool stop = phase == hooks::OnlineChange::stop;
  if (stop && from == plan_->old_primary) stop_called_ = true;
  if (!stop && to == plan_->new_primary) start_called_ = true;
  hooks::Call call = script_call(phase, from, to);
  const std::string command =
      std::string("master_ip_online_change_script --command=") + (stop ? "stop" : "start");
  world_.log.info(fmt::format("Executing master ip online change script to {} write on {}:\n  {}",
                              stop ? "disable" : "allow", config_of(stop ? from : to).host_info(),
                              hooks::printable(call)));
  auto outcome = co_await world_.hooks.run(std::move(call));
  switch (hooks::address_verdict(outcome.status)) {
    case hooks::AddressVerdict::done:
      world_.log.info(" ok.");
      co_return Status{};
    case hooks::AddressVerdict::failed_but_go_on:
      world_.log.warning(fmt::format("{}: {}. Proceeding.", command, outcome.what));
      co_return Status{};
    case hooks::AddressVerdict::failed:
      break;
  }
  co_return fail(Errc::refused, fmt::format("{}: {}", command, outcome.what));
}

}  // namespace tanist::execute

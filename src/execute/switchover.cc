#include "execute/switchover.h"

#include <fmt/format.h>

#include "base/text.h"
#include "execute/advisory_locks.h"
#include "execute/switch_run.h"

namespace tanist::execute {

sys::Task<SwitchResult> run_switch(World world, const config::ClusterConfig& cluster, SwitchRequest request) {
  SwitchRun run(std::move(world), cluster, std::move(request));
  auto result = co_await run.run();
  co_return result;
}

SwitchRun::SwitchRun(World world, const config::ClusterConfig& cluster, SwitchRequest request)
    : world_(std::move(world)), cluster_(cluster), request_(std::move(request)) {
  for (const auto& config : cluster_.servers) {
    servers_.emplace(config.id, std::make_unique<Server>(world_.clock, world_.mysql, config));
  }
}

// The whole story. Until the new primary takes writes every failure puts everything back; from there on it
// goes forward, and what could not be done is said.
sys::Task<SwitchResult> SwitchRun::run() {
  world_.log.info("Starting online master switch..");
  world_.log.info("");
  Status status = co_await check();
  if (request_.check_only) {
    auto checked = co_await finish(std::move(status));
    co_return checked;
  }
  if (status) status = co_await prepare();
  if (status) status = co_await block();
  if (status) status = asked_to_stop();
  if (status) status = request_.still_ours();
  if (status) status = co_await activate();
  if (!activated_) {
    co_await undo();
  } else {
    co_await move_everybody();
    co_await reset_new_primary();
  }
  auto result = co_await finish(std::move(status));
  co_return result;
}

Status SwitchRun::asked_to_stop() const {
  if (!request_.stop_requested()) return {};
  return fail(Errc::cancelled, "Stopped by a signal");
}

void SwitchRun::unfinished(const std::string& sentence) {
  world_.log.error(sentence);
  unfinished_.push_back(sentence);
}

sys::Task<SwitchResult> SwitchRun::finish(Status status) {
  co_await report_positions_as_before();
  std::vector<Server*> all;
  for (const auto& entry : servers_) all.push_back(entry.second.get());
  co_await release_locks(world_.clock, std::move(all), kFailoverLock);
  std::vector<Server*> watched;
  if (plan_) watched.push_back(&old());
  co_await release_locks(world_.clock, std::move(watched), kMonitorLock);

  SwitchResult result;
  result.decision = decision_;
  result.snapshot = snapshot_;
  result.writes_blocked = blocked_;
  if (activated_) {
    result.old_primary = plan_->old_primary;
    result.new_primary = plan_->new_primary;
    result.exit_code = unfinished_.empty() ? 0 : 10;
    result.why = join(unfinished_, "; ");
    const std::string to = next_config().host_info();
    if (result.exit_code == 0) {
      world_.log.info(fmt::format("Switching master to {} completed successfully.", to));
    } else {
      world_.log.error(
          fmt::format("Switching master to {} done, but something is left to repair: {}", to, result.why));
    }
  } else if (status && request_.check_only) {
    result.exit_code = 0;
  } else {
    result.why = status ? "the switch did not come to its end" : status.error().what;
    if (recorder_ && (stop_called_ || block_)) {
      result.why +=
          unfinished_.empty()
              ? fmt::format(". The switch was undone: {} is the primary as before", old_config().host_info())
              : ". The switch could not be undone as a whole: " + join(unfinished_, "; ");
    }
    world_.log.error(result.why);
  }
  if (recorder_) recorder_->finish(result.exit_code, result.why);
  co_return result;
}

}  // namespace tanist::execute

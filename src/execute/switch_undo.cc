// Until the new primary takes writes, everything can be put back (R4): the old primary takes writes again and
// has its address, the replica that was to follow it replicates. Each of these is a step of the journal (R5).
#include <fmt/format.h>

#include "execute/switch_run.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;

sys::Task<void> SwitchRun::go_back(WayBack way, sys::Task<Status> act) {
  Status done = co_await recorder_->step_anyway(way.kind, way.target, way.what, std::move(act));
  if (!done) unfinished(fmt::format("{}. Do it by hand: {}", done.error().what, way.by_hand));
}

sys::Task<void> SwitchRun::undo() {
  if (!recorder_ || !(stop_called_ || block_)) co_return;  // nothing was changed
  const ServerId from = plan_->old_primary, to = plan_->new_primary;
  const std::string open_old = old().dialect().set_read_only(false) + " on " + old_config().hostname;
  if (stuck_) {
    unfinished(fmt::format(
        "Nobody takes writes. {} was to be the new primary and says nothing; {} is read-only and has "
        "everything up to {}. Make sure that no client reaches {}, then: {}",
        next_config().host_info(), old_config().host_info(), block_->stopped_at().binlog_end.text(),
        next_config().hostname, open_old));
    co_return;
  }
  world_.log.warning("The switch is undone.");
  // The script goes the whole way back, as if the new primary were to be replaced by the old one.
  auto by_script = [&](hooks::OnlineChange phase) { return hooks::printable(script_call(phase, to, from)); };
  if (start_called_ && !taken_back_) {
    WayBack way{StepKind::stop_ip_hook, to, "take the address away again by script",
                by_script(hooks::OnlineChange::stop)};
    co_await go_back(std::move(way), run_script(hooks::OnlineChange::stop, to, from));
  }
  if (block_) {
    WayBack way{StepKind::put_back, from, "take writes as before", open_old};
    co_await go_back(std::move(way), block_->lift());
  }
  if (stop_called_) {
    WayBack way{StepKind::start_ip_hook, from, "give the old primary its address back by script",
                by_script(hooks::OnlineChange::start)};
    co_await go_back(std::move(way), run_script(hooks::OnlineChange::start, to, from));
  }
  if (next_stopped_) {
    WayBack way{StepKind::put_back, to, "replicate from the old primary as before",
                next().dialect().start_replica() + " on " + next_config().hostname};
    co_await go_back(std::move(way), put_back());
  }
  auto now = co_await old().state(in(3s));
  if (now) co_return;
  unfinished(fmt::format("{} does not answer any more: {}. If it is dead, type: tanist failover {} --dead={}",
                         old_config().host_info(), now.error().what, cluster_.path, old_config().hostname));
}

// Both threads ran, or nothing would have begun.
sys::Task<Status> SwitchRun::put_back() {
  auto started = co_await next().start_replica(in(10s));
  if (started && next_closed_ && !found(plan_->new_primary).read_only)
    started = co_await next().set_writable(in(5s));
  co_return started;
}

}  // namespace tanist::execute

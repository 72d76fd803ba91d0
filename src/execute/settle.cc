// What is set right on the replicas before they are compared: appliers run, receivers do not change what is compared.
#include <fmt/format.h>

#include <utility>

#include "execute/failover_run.h"
#include "execute/notes.h"
#include "execute/progress.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::StepKind;

// A server that came back in the meantime (ignore_fail=1) is one from now on.
void FailoverRun::note_replicas() {
  for (const ServerId& id : replicas()) {
    if (progress_.contains(id)) continue;
    progress_.emplace(id, std::make_unique<ReplicaProgress>(world_.clock, *snapshot_.find(id)->replica()));
    note_found(*recorder_, *snapshot_.find(id), false);
  }
}

// Appliers that were stopped without an error. One that will not start stops nobody else: its drain will say so.
sys::Task<void> FailoverRun::start_appliers() {
  note_replicas();
  std::vector<sys::Task<Status>> steps;
  for (const ServerId& id : replicas()) {
    const topology::ReplicaStatus& replica = *snapshot_.find(id)->replica();
    if (replica.applier_running || replica.applier_errno != 0) continue;
    steps.push_back(recorder_->step(StepKind::start_appliers, id, "start the applier",
                                    start_applier(id, *snapshot_.find(id)->state())));
  }
  auto results = co_await sys::when_all(std::move(steps));
  for (const Status& result : results) {
    if (!result) world_.log.warning(result.error().what);
  }
}

// `now` must outlive the task.
sys::Task<Status> FailoverRun::start_applier(ServerId id, const topology::ServerState& now) {
  ReplicaProgress& progress = *progress_.at(id);
  if (keeps_events_only_by_position(now)) {
    progress.gtid_turned_off = true;
    auto kept = co_await server(id).change_source(keep_received(*now.replica()), in(10s));
    if (!kept) co_return kept;
  }
  progress.touched = true;
  auto started = co_await server(id).start_applier(in(10s));
  co_return started;
}

// Not of those whose applier failed: nobody compares them, and they are left as they are.
sys::Task<Status> FailoverRun::stop_receivers() {
  if (std::exchange(receivers_stopped_, true)) co_return Status{};
  std::vector<ServerId> ids;
  std::vector<sys::Task<Status>> steps;
  for (const topology::Member* member : snapshot_.with_role(topology::Role::replica)) {
    const ServerId& id = member->facts.id;
    if (!progress_.contains(id)) continue;
    ids.push_back(id);
    steps.push_back(recorder_->step(StepKind::stop_receiver, id,
                                    "stop the receiver, so that what it holds cannot change", stop_receiver(id)));
  }
  auto results = co_await sys::when_all(std::move(steps));
  for (size_t i = 0; i < ids.size(); ++i) {
    if (results[i]) continue;
    if (!config_of(ids[i]).ignore_fail) co_return results[i];
    world_.log.warning(fmt::format("{} (ignore_fail=1): {}", config_of(ids[i]).host_info(), results[i].error().what));
  }
  report_.line("All slaves' IO threads were stopped.");
  co_return Status{};
}

sys::Task<Status> FailoverRun::stop_receiver(ServerId id) {
  auto state = co_await server(id).state(in(5s));
  if (!state) co_return fail(state.error());
  if (!state->replica()) co_return fail(Errc::conflict, server(id).host_info() + " is no replica any more");
  if (!receiver_may_restart(*state)) {
    world_.log.warning(fmt::format("{}: its applier does not run; its receiver is left alone, because MariaDB would "
                                   "throw received events away when both start again", server(id).host_info()));
    co_return Status{};
  }
  progress_.at(id)->touched = true;
  auto stopped = co_await server(id).stop_receiver(in(20s));
  co_return stopped;
}

}  // namespace tanist::execute

// Phase 3: who has received what, who is to be promoted, and everybody fetches what it misses. The replicas do the
// work with their own receivers and appliers; nothing that one has received is ever thrown away (R2).
#include <fmt/format.h>

#include "execute/failover_run.h"
#include "execute/notes.h"
#include "execute/progress.h"
#include "execute/from_config.h"
#include "base/text.h"
#include "sys/local_time.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::DrainFrom;
using plan::StepKind;
using topology::ReceiverState;

sys::Task<Status> FailoverRun::choose() {
  dead_host_.fence_done = true;
  plan::Decision decision = plan::plan_failover(snapshot_, request_.policy, dead_host_, relay_reach_);
  if (const auto* refusal = std::get_if<plan::Refusal>(&decision)) co_return fail(as_error(*refusal));
  plan_ = std::get<plan::Plan>(std::move(decision));
  note_intended(*recorder_, {.id = plan_->new_primary,
                             .gtid_mode = plan_->gtid_mode,
                             .move_replicas = !request_.policy.skip_change_master,
                             .open_it = !request_.policy.skip_disable_read_only});
  log_latest();
  if (!gtid_based()) {
    world_.log.info("* Phase 3.2: Saving Dead Master's Binlog Phase..");
    world_.log.info("");
    if (!*dead_host_.ssh_reachable) {
      const bool copied = std::any_of(plan_->steps.begin(), plan_->steps.end(), [](const plan::Step& step) {
        return step.kind == StepKind::start_standin && step.from == DrainFrom::binlog_server;
      });
      world_.log.warning(fmt::format("Dead Master is not SSH reachable. Could not save it's binlogs. Transactions that "
                                     "were not sent to the latest slave{} are lost.", copied ? " or a binlog server" : ""));
    }
  }
  for (const std::string& warning : plan_->warnings) {
    world_.log.warning(warning);
    losses_.push_back(warning);
  }
  world_.log.info("* Phase 3.3: Determining New Master Phase..");
  world_.log.info("");
  world_.log.info(plan::text(*plan_, snapshot_));
  const std::string chosen = config_of(plan_->new_primary).host_info();
  world_.log.info(fmt::format("New master is {}", chosen));
  world_.log.info("Starting master failover..");
  report_.line(fmt::format("Selected {} as a new master.", chosen));
  if (request_.interactive && !request_.ask(fmt::format("Starting master switch from {} to {}? (yes/NO): ",
                                                        dead().host_info(), chosen))) {
    co_return fail(Errc::cancelled, "Stopped by the operator; the dead primary is fenced, nothing else was changed");
  }
  co_return Status{};
}

void FailoverRun::log_latest() const {
  auto list = [&](const std::vector<ServerId>& ids) {
    std::string text;
    for (const ServerId& id : ids) text += "\n  " + config_of(id).host_info();
    return text;
  };
  world_.log.info(fmt::format("The latest binary log file/position on all slaves is {}\nLatest slaves (Slaves that "
                              "received relay log files to the latest):{}",
                              plan_->latest_received.text(), list(plan_->latest)));
  world_.log.info(fmt::format("The oldest binary log file/position on all slaves is {}\nOldest slaves:{}",
                              plan_->oldest_received.text(), list(plan_->oldest)));
}

// Starts the stand-in that the plan names, if it names one, then every replica's drain beside each other.
sys::Task<Status> FailoverRun::start_stand_in() {
  world_.log.info(gtid_based() ? "* Phase 3.3: New Master Recovery Phase.."
                               : "* Phase 3.4: New Master Diff Log Generation Phase..");
  world_.log.info("");
  for (const plan::Step& step : plan_->steps) {
    if (step.kind != StepKind::start_standin) continue;
    StandInJob job;
    const config::ServerConfig& host = config_of(step.target);
    if (step.from == DrainFrom::dead_host) {
      job.log = binlog_of(host, dead_host_.log_first->file);
      job.certificates = certificates_to_try(request_.dead_tls, snapshot_, job.log.directories.front());
      job.address = dead().ip;
      job.port = dead().port;
    } else if (step.from == DrainFrom::binlog_server) {
      job.log = binlog_of(host, copy_on(host.id).first.file);
      job.certificates = certificates_to_try({}, {}, job.log.directories.front());
      job.address = host.ip;
    } else {
      const topology::ServerState& state = *snapshot_.find(step.target)->state();
      job.log = relay_log_of(state);
      job.certificates = certificates_to_try(state.tls, {}, state.datadir);
      job.address = host.ip;
    }
    for (const ServerId& id : replicas()) {
      const auto* state = snapshot_.find(id)->state();
      if (!state) continue;
      job.replicas.push_back({config_of(id).ip, state->gtid_mode});
      job.tls = job.tls || (state->replica() && state->replica()->ssl);
    }
    one_time_account_ = step.from != DrainFrom::dead_host && passwords_are_known();
    job.users = one_time_account_ ? one_time_user(world_.entropy) : replication_users(snapshot_, cluster_);
    job.lifetime = 6h;
    auto start = [](FailoverRun* run, const config::ServerConfig* at, StandInJob what) -> sys::Task<Status> {
      auto started = co_await StandIn::start(run->world_, *at, std::move(what), run->in(kLogLook));
      if (!started) co_return fail(started.error());
      run->stand_in_ = std::move(*started);
      co_return Status{};
    };
    Status started = co_await recorder_->step(step.kind, step.target, step.what, start(this, &host, std::move(job)));
    if (!started) co_return started;
    at_dead_address_ = step.from == DrainFrom::dead_host;
    world_.log.info(fmt::format("A stand-in source on {} serves {} up to {}.", host.host_info(),
                                step.from == DrainFrom::relay_logs ? "its relay logs"
                                                                   : "the dead primary's binary logs",
                                stand_in_->reach().end.text()));
  }
  // Whether or not anything is served from there: a copy for a person is to be had wherever the host answers.
  if (*dead_host_.ssh_reachable && !request_.policy.skip_save_master_binlog) {
    background_.start(save_tail());
  } else {
    tail_saved_.set();
  }
  for (const ServerId& id : replicas()) {
    auto step = std::find_if(plan_->steps.begin(), plan_->steps.end(), [&](const plan::Step& candidate) {
      return candidate.kind == StepKind::drain && candidate.target == id;
    });
    background_.start(drain(id, step == plan_->steps.end() ? nullptr : &*step));
  }
  co_return Status{};
}

const plan::LogCopy& FailoverRun::copy_on(const ServerId& id) const {
  return *std::find_if(dead_host_.copies.begin(), dead_host_.copies.end(),
                       [&](const plan::LogCopy& copy) { return copy.server == id; });
}

// Whoever gets another account for the drain must get its own back afterwards, whatever happens.
bool FailoverRun::passwords_are_known() const {
  const auto ids = replicas();
  return std::all_of(ids.begin(), ids.end(), [&](const ServerId& id) {
    return known_password(cluster_, snapshot_.find(id)->replica()->source_user).has_value();
  });
}

bool FailoverRun::feeds_others(const ServerId& id) const {
  return std::any_of(plan_->steps.begin(), plan_->steps.end(), [&](const plan::Step& step) {
    return step.kind == StepKind::drain && step.from == DrainFrom::latest_replica && step.source == id;
  });
}

// Without a step it has everything already.
sys::Task<void> FailoverRun::drain(ServerId id, const plan::Step* step) {
  ReplicaProgress& progress = *progress_.at(id);
  sys::Task<Status> act;
  switch (step ? step->from : DrainFrom::nothing) {
    case DrainFrom::nothing: break;
    case DrainFrom::dead_host: act = drain_from_dead_host(server(id)); break;
    case DrainFrom::binlog_server:
    case DrainFrom::relay_logs: act = drain_by_change(server(id), *step); break;
    case DrainFrom::latest_replica: act = drain_by_gtid(server(id), *step); break;
  }
  if (step) progress.drain = co_await recorder_->step(step->kind, id, step->what, std::move(act));
  if (progress.drain && feeds_others(id)) {
    progress.drain = co_await recorder_->step(StepKind::wait_applied, id,
                                              "wait until it has applied what it is to give to others",
                                              complete_source(id));
  }
  if (!progress.drain && stand_in_ && !stand_in_->refusals().empty()) {
    Error error = progress.drain.error();
    error.what += ". The stand-in refused: " + join(stand_in_->refusals(), "; ");
    progress.drain = fail(std::move(error));
  }
  if (!progress.drain) world_.log.error(progress.drain.error().what);
  progress.drained.set();
}

// What it replicates on is what it has applied: by GTID, because its own log has other positions than the dead primary's.
sys::Task<Status> FailoverRun::complete_source(ServerId id) {
  auto applied = co_await wait_applied(server(id));
  if (!applied) co_return applied;
  auto state = co_await server(id).state(in(5s));
  if (!state) co_return fail(state.error());
  auto gives = goal_of_source(*state);
  if (!gives) co_return fail(gives.error().during("ask " + server(id).host_info() + " what it can give to others"));
  progress_.at(id)->gives = std::move(*gives);
  co_return Status{};
}

sys::Task<Status> FailoverRun::drain_by_gtid(Server& replica, plan::Step step) {
  ReplicaProgress& source = *progress_.at(step.source);
  co_await source.drained.wait_until(in(24h));
  if (!source.drain) {
    co_return fail(source.drain.error().during(fmt::format("let {} feed {}", config_of(step.source).host_info(),
                                                           replica.host_info())));
  }
  progress_.at(step.target)->goal = source.gives;
  auto drained = co_await drain_by_change(replica, std::move(step));
  co_return drained;
}

// The stand-in sits on the dead primary's own address: the receiver only has to try again. Restarting the receiver
// alone spares MASTER_CONNECT_RETRY (60 s by default) and keeps every received event while the applier runs. Also one that
// says that it runs: nothing tells it that a machine that was reset has forgotten its connection.
sys::Task<Status> FailoverRun::drain_from_dead_host(Server& replica) {
  auto state = co_await replica.state(in(5s));
  if (!state) co_return fail(state.error());
  const auto* status = state->replica();
  if (!status) co_return fail(Errc::conflict, replica.host_info() + " is no replica any more");
  if (receiver_may_restart(*state)) {
    progress_.at(replica.config().id)->touched = true;
    auto stopped = co_await replica.stop_receiver(in(20s));
    if (!stopped) co_return stopped;
    auto started = co_await replica.start_receiver(in(10s));
    if (!started) co_return started;
  }
  auto received = co_await wait_received(replica);
  co_return received;
}

// Order of reference standin-protocol.md 6.4: apply what was received, stop, read again, and only then point the
// replica elsewhere, from its executed position.
sys::Task<Status> FailoverRun::drain_by_change(Server& replica, plan::Step step) {
  const topology::Member& member = *snapshot_.find(step.target);
  mysql::ChangeSource to = step.from == DrainFrom::latest_replica
                               ? native_source(config_of(step.source), member)
                               : stand_in_source(*stand_in_, one_time_account_, member);
  if (!step.keep_relay_logs) {
    auto applied = co_await wait_own_relay_applied(world_, replica, undoing_);
    if (!applied) co_return applied;
  }
  if (undoing_) co_return fail(Errc::cancelled, replica.host_info() + " was not moved: the failover is undone");
  progress_.at(step.target)->touched = true;
  auto stopped = co_await replica.stop_replica(in(70s));
  if (!stopped) co_return stopped;
  auto state = co_await replica.state(in(5s));
  if (!state) co_return fail(state.error());
  const topology::ReplicaStatus& now = *state->replica();
  if (to.gtid == mysql::GtidUse::none) to.from = step.keep_relay_logs ? now.received : now.executed;
  if (to.gtid == mysql::GtidUse::none && step.keep_relay_logs) to.keep_relay = now.relay;
  if (step.keep_relay_logs) to.delay_seconds.reset();  // it goes on applying in its own time
  progress_.at(replica.config().id)->pointed_elsewhere = true;
  auto changed = co_await replica.change_source(std::move(to), in(10s));
  if (!changed) co_return changed;
  auto started = co_await replica.start_replica(in(10s));
  if (!started) co_return started;
  auto received = co_await wait_received(replica);
  co_return received;
}

Goal FailoverRun::goal_for(const ServerId& id) const {
  const auto& own = progress_.at(id)->goal;
  return own ? *own : goal_of(*plan_, dead_host_, relay_reach_, stand_in_.get());
}

sys::Task<Status> FailoverRun::wait_received(Server& replica) {
  Goal goal = goal_for(replica.config().id);
  auto state = co_await wait_until_progress(world_, replica, goal, Until::received, undoing_);
  if (!state) co_return fail(state.error());
  progress_.at(replica.config().id)->state = std::move(*state);
  co_return Status{};
}

sys::Task<Status> FailoverRun::wait_applied(Server& replica) {
  Goal goal = goal_for(replica.config().id);
  auto state = co_await wait_until_progress(world_, replica, goal, Until::applied, undoing_);
  if (!state) co_return fail(state.error());
  progress_.at(replica.config().id)->state = std::move(*state);
  co_return Status{};
}

std::string FailoverRun::timestamp() const {
  return sys::local_stamp(started_);
}

// The tail also goes to the manager, as MHA users expect: a copy for a person, nothing here depends on it.
sys::Task<void> FailoverRun::save_tail() {
  const std::string name = fmt::format("saved_master_binlog_from_{}_{}_{}.binlog", dead().hostname, dead().port, timestamp());
  auto act = [](FailoverRun* run, std::string file) -> sys::Task<Status> {
    const std::string remote = run->dead().remote_workdir + "/" + file;
    auto node = co_await run->world_.shell.node(remote_host(run->dead()), run->dead().remote_workdir, run->in(10s));
    if (!node) co_return fail(node.error());
    remote::Command command;
    command.argv = {*node, "save_binary_logs", "--command=save", "--start_file=" + run->plan_->latest_received.file,
                    "--start_pos=" + std::to_string(run->plan_->latest_received.pos),
                    "--binlog_dir=" + join(run->dead().master_binlog_dir, ","), "--output_file=" + remote,
                    "--handle_raw_binlog=1", "--disable_log_bin=0", "--manager_version=0.58"};
    command.deadline = run->in(600s);
    auto saved = co_await run->world_.shell.run(remote_host(run->dead()), std::move(command));
    if (!saved) co_return fail(saved.error());
    if (saved->status.code == 10) {
      run->world_.log.info("Additional events were not found from the orig master. No need to save.");
      co_return Status{};
    }
    if (!saved->status.ok()) co_return fail(Errc::io, saved->errors.empty() ? saved->output : saved->errors);
    const std::string local = run->cluster_.manager_workdir() + "/" + file;
    auto fetched = co_await run->world_.shell.fetch(remote_host(run->dead()), remote, local, run->in(600s));
    if (!fetched) co_return fetched;
    run->world_.log.info("Saved the dead primary's unsent events to " + local);
    // Served, they are in the cluster; otherwise this copy is all there is.
    if (!run->dead_host_.log_end) {
      run->report_.line(fmt::format("Events of {} that no replica has received were saved to {} on the manager.",
                                    run->dead().host_info(), local));
    }
    co_return Status{};
  };
  Status saved = co_await recorder_->step(StepKind::save_tail, dead().id, "save what no replica had received", act(this, name));
  if (!saved) {
    world_.log.error("Saving the dead primary's binary log failed: " + saved.error().what);
    report_.line(fmt::format("Failed to save binary log events from {}: {}", dead().host_info(), saved.error().what));
  }
  tail_saved_.set();
}

}  // namespace tanist::execute

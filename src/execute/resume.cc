#include "execute/resume.h"

#include <fmt/format.h>

#include <algorithm>

#include "execute/failover_run.h"
#include "execute/from_config.h"
#include "execute/switch_run.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::ResumeKind;
using plan::StepKind;

namespace {

bool is(const store::StepRecord& step, StepKind kind) { return step.intent.name == plan::to_string(kind); }

bool is_behind_activation(const store::StepRecord& step) {
  return is(step, StepKind::repoint) || is(step, StepKind::reset_replica) || is(step, StepKind::end_connections) ||
         is(step, StepKind::unlock_tables);
}

// How far it had come with the new primary.
struct Reached {
  bool opening = false;     // something that was to let clients write to it was ever begun
  bool activating = false;  // and nobody wrote how that ended
  bool activated = false;
};

Reached reached_in_failover(const store::RecoveryRecord& record, const ServerId& next) {
  Reached reached;
  for (const store::StepRecord& step : record.steps) {
    const bool gives = is(step, StepKind::start_ip_hook) && step.intent.target == next.text;
    reached.opening = reached.opening || gives || is(step, StepKind::enable_writes);
    if (gives) reached.activating = !step.outcome;
    reached.activated = reached.activated || (gives && step.outcome == store::StepOutcome::done) ||
                        is(step, StepKind::enable_writes) || is_behind_activation(step);
  }
  return reached;
}

// The script alone does not open it, and there is a way back from all of it (SwitchRun::after_failed_start).
Reached reached_in_switch(const store::RecoveryRecord& record, const ServerId& next) {
  Reached reached;
  for (const store::StepRecord& step : record.steps) {
    const bool done = step.outcome == store::StepOutcome::done, at_next = step.intent.target == next.text;
    const bool opens = at_next && is(step, StepKind::enable_writes);
    if (opens || (at_next && is(step, StepKind::start_ip_hook))) reached.opening = reached.activating = true;
    if (opens) reached.activated = done;
    if (at_next && is(step, StepKind::block_writes)) reached.activated = false;
    if (at_next && is(step, StepKind::stop_ip_hook) && done) reached.activating = reached.activated = false;
    if (is_behind_activation(step)) reached.activated = true;
  }
  return reached;
}

// The servers of the notes are those of the configuration; a replica that it no longer names is none of ours.
std::string fit_to(const config::ClusterConfig& cluster, RecoveryNotes& notes) {
  std::erase_if(notes.found, [&](const auto& entry) {
    const config::ServerConfig* config = cluster.find(entry.first);
    return !config || config->hostname != entry.second.host || config->port != entry.second.port;
  });
  if (!notes.old_primary) return "the journal does not say which primary was to be replaced";
  if (!notes.found.contains(*notes.old_primary))
    return fmt::format("the configuration no longer names the old primary as {}", notes.old_primary->text);
  if (notes.next && !notes.found.contains(notes.next->id))
    return fmt::format("the configuration no longer names the new primary as {}", notes.next->id.text);
  return "";
}

plan::ResumeFacts facts_of(const Interrupted& it, const config::ClusterConfig& cluster,
                           const topology::Snapshot& snapshot) {
  plan::ResumeFacts facts;
  facts.begun = true;
  facts.old_name = cluster.find(*it.notes.old_primary)->host_info();
  for (const auto& [id, found] : it.notes.found) {
    const topology::ServerState* state = snapshot.find(id)->state();
    const bool is_party = id == *it.notes.old_primary || (it.notes.next && id == it.notes.next->id);
    if (!is_party && found.read_only && state && !state->read_only)
      facts.others_writable.push_back(cluster.find(id)->host_info());
  }
  if (!it.notes.next) return facts;
  const ServerId& next = it.notes.next->id;
  facts.next_name = cluster.find(next)->host_info();
  if (it.notes.recovered) facts.joins_at = it.notes.recovered->joins_at;
  const bool failover = it.record.kind == store::kFailoverKind;
  const Reached reached = failover ? reached_in_failover(it.record, next) : reached_in_switch(it.record, next);
  facts.activated = reached.activated;
  facts.activating = reached.activating;
  facts.shut = !reached.opening && !reached.activated && it.notes.found.at(next).read_only;
  if ((facts.activated || facts.activating) && !it.notes.recovered)
    facts.unreadable = fmt::format("the journal does not say where the log of {} stood", facts.next_name);
  const topology::Member& member = *snapshot.find(next);
  if (member.state()) {
    facts.next = *member.state();
  } else {
    facts.silence = member.last.no_answer()->what;
  }
  return facts;
}

plan::ResumeFacts nothing_to_go_by(const store::RecoveryRecord& record, std::string why) {
  plan::ResumeFacts facts;
  facts.begun = !record.steps.empty();
  facts.unreadable = fmt::format("{} {} was interrupted: {}", record.kind, record.id.number, why);
  return facts;
}

bool address_was_given(const Interrupted& it) {
  bool given = false;
  for (const store::StepRecord& step : it.record.steps) {
    if (!it.notes.next || step.intent.target != it.notes.next->id.text) continue;
    if (is(step, StepKind::start_ip_hook)) given = step.outcome == store::StepOutcome::done;
    if (is(step, StepKind::stop_ip_hook)) given = false;
  }
  return given;
}

ResumeResult close(World& world, const store::RecoveryRecord& record, ResumeResult result) {
  Recorder recorder(world, record.id, static_cast<int>(record.steps.size()));
  recorder.finish(store::RecoveryOutcome::abandoned, result.why);
  result.closed = true;
  return result;
}

sys::Task<void> resume_failover(const World& world, const config::ClusterConfig& cluster, const FailoverRequest& request,
                                const Interrupted& it, ResumeResult& result) {
  FailoverRun run(world, cluster, request);
  FailoverResult done;
  if (result.verdict.kind == ResumeKind::forward) {
    done = co_await run.finish_interrupted(it);
  } else {
    done = co_await run.undo_interrupted(it);
  }
  result.closed = done.phase2_reached;
  result.new_primary = done.new_primary;
  result.exit_code = done.exit_code;
  if (!done.why.empty()) result.why += ". " + done.why;
}

sys::Task<void> resume_switch(const World& world, const config::ClusterConfig& cluster,
                              const std::function<Status()>& still_ours, const Interrupted& it, ResumeResult& result) {
  SwitchRequest request;
  request.still_ours = still_ours;
  SwitchRun run(world, cluster, std::move(request));
  if (result.verdict.kind == ResumeKind::forward) {
    co_await run.finish_interrupted(it, result);
  } else {
    co_await run.undo_interrupted(it, result);
  }
}

FailoverRequest request_of(const ResumeRequest& request, const config::ClusterConfig& cluster, const RecoveryNotes& notes) {
  FailoverRequest failover;
  failover.policy = default_policy(cluster, *notes.old_primary);
  if (notes.next) {
    failover.policy.skip_change_master = !notes.next->move_replicas;
    failover.policy.skip_disable_read_only = !notes.next->open_it;
  }
  failover.log_place = request.log_place;
  failover.guard = [] { return std::nullopt; };
  failover.still_ours = request.still_ours;
  failover.phase2_begins = [] {};
  failover.activated = request.activated;
  return failover;
}

}  // namespace

sys::Task<ResumeResult> resume(World world, const config::ClusterConfig& cluster, ResumeRequest request) {
  Interrupted it{request.record, {}, false, request.to_close};
  plan::ResumeFacts facts;
  auto notes = read_notes(it.record);
  std::string unfit = notes ? "" : notes.error().what;
  const bool failover = it.record.kind == store::kFailoverKind;
  if (!failover && it.record.kind != store::kSwitchKind) unfit = "this version does not know what that is";
  if (notes && !failover && !notes->next) unfit = "the journal does not say which primary there was to be";
  if (notes) it.notes = std::move(*notes);
  if (unfit.empty()) unfit = fit_to(cluster, it.notes);
  if (unfit.empty()) {
    auto snapshot = co_await world.observe(4s);
    facts = facts_of(it, cluster, snapshot);
  } else {
    facts = nothing_to_go_by(it.record, unfit);
  }
  facts.begun = !it.record.steps.empty();
  facts.to_close = it.to_close;
  it.address_given = address_was_given(it);

  ResumeResult result;
  result.verdict = plan::judge_interrupted(facts);
  result.why = fmt::format("{} {} was interrupted. {}: {}", it.record.kind, it.record.id.number, result.verdict.rule,
                           result.verdict.sentence);
  const ResumeKind kind = result.verdict.kind;
  if (kind == ResumeKind::nothing || kind == ResumeKind::closed) co_return close(world, it.record, std::move(result));
  if (request.acknowledged) {
    result.why += ". A person has closed it (tanist ack)";
    co_return close(world, it.record, std::move(result));
  }
  if (kind == ResumeKind::person) co_return result;

  world.log.warning(result.why + (kind == ResumeKind::forward ? ". It is finished now." : ". It is undone now."));
  if (failover) {
    const FailoverRequest order = request_of(request, cluster, it.notes);
    co_await resume_failover(world, cluster, order, it, result);
  } else {
    co_await resume_switch(world, cluster, request.still_ours, it, result);
  }
  co_return result;
}

}  // namespace tanist::execute

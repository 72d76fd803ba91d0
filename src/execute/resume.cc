#include "execute/resume.h"

#include <fmt/format.h>

#include <algorithm>

#include "execute/failover_run.h"
#include "execute/from_config.h"

namespace tanist::execute {

using namespace std::chrono_literals;
using plan::ResumeKind;
using plan::StepKind;

namespace {

bool is(const store::StepRecord& step, StepKind kind) { return step.intent.name == plan::to_string(kind); }

bool was_activated(const store::StepRecord& step, const ServerId& next) {
  if (is(step, StepKind::start_ip_hook))
    return step.intent.target == next.text && step.outcome == store::StepOutcome::done;
  return is(step, StepKind::enable_writes) || is(step, StepKind::repoint) || is(step, StepKind::reset_replica);
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
  for (const store::StepRecord& step : it.record.steps) {
    facts.activated = facts.activated || was_activated(step, next);
    if (is(step, StepKind::start_ip_hook) && step.intent.target == next.text) facts.activating = !step.outcome;
  }
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
  return std::any_of(it.record.steps.begin(), it.record.steps.end(), [&](const store::StepRecord& step) {
    return it.notes.next && is(step, StepKind::start_ip_hook) && step.intent.target == it.notes.next->id.text &&
           step.outcome == store::StepOutcome::done;
  });
}

ResumeResult close(World& world, const store::RecoveryRecord& record, ResumeResult result) {
  Recorder recorder(world, record.id, static_cast<int>(record.steps.size()));
  recorder.finish(store::RecoveryOutcome::abandoned, result.why);
  result.closed = true;
  return result;
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
  if (it.record.kind != store::kFailoverKind) unfit = "only a failover is resumed";
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
  FailoverRun run(world, cluster, request_of(request, cluster, it.notes));
  FailoverResult done;
  if (kind == ResumeKind::forward) {
    done = co_await run.finish_interrupted(it);
  } else {
    done = co_await run.undo_interrupted(it);
  }
  result.closed = done.phase2_reached;
  result.new_primary = done.new_primary;
  result.exit_code = done.exit_code;
  if (!done.why.empty()) result.why += ". " + done.why;
  co_return result;
}

}  // namespace tanist::execute

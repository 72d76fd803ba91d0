#include "plan/fence_ladder.h"

#include <algorithm>

#include "plan/plan.h"

namespace tanist::plan {

using topology::Member;
using topology::ReceiverState;

namespace {

constexpr RungRow kRows[] = {
    {"L10", Rung::live_connection, StepKind::close_live, false,
     "close it over its own connection: read-only, and its clients' connections ended",
     "it says itself that it is read-only, also for privileged accounts where super_read_only exists; elsewhere "
     "that no privileged client is connected any more",
     "tried where it was given up, with ping_type=INSERT, and where nothing else proves anything and it answers"},
    {"L20", Rung::address_script, StepKind::stop_ip_hook, false, "take the address away from the dead primary",
     "nothing: who is connected stays so", "master_ip_failover_script"},
    {"L30", Rung::over_ssh, StepKind::kill_server, true, "end what is left of the server process",
     "its process is gone, its port free, and nobody is about to start it again", "fence_over_ssh"},
    {"L40", Rung::shutdown_script, StepKind::shutdown_hook, true, "shut the dead primary down by script",
     "the script's word: 0 powered off, 10 server ended", "shutdown_script"},
    {"L50", Rung::semi_sync, StepKind::prove_by_semi_sync, false,
     "see whether any replica could still acknowledge a commit to the dead primary",
     "it was semi-synchronous when last seen, waiting AFTER_SYNC for a day or more, with and without replicas; whoever "
     "acknowledged to it is one of ours, answers, and has its receiver stopped. For writes: it may still be read",
     "tried where nothing above proves anything"},
};

std::string days(uint64_t ms) { return std::to_string(ms / (24 * 3600 * 1000)); }

bool receives_from(const Member& member, const Member& primary) {
  return std::any_of(member.state()->channels.begin(), member.state()->channels.end(), [&](const auto& channel) {
    const bool same_host = channel.source_host == primary.facts.hostname || channel.source_host == primary.facts.ip ||
                           channel.source_ip == primary.facts.ip;
    return same_host && channel.source_port == primary.facts.port && channel.receiver != ReceiverState::stopped;
  });
}

RungResult unproven(std::string why) { return {RungOutcome::unproven, std::move(why)}; }

}  // namespace

std::string_view to_string(RungOutcome outcome) {
  switch (outcome) {
    case RungOutcome::not_tried:
      return "not tried";
    case RungOutcome::proven:
      return "proven";
    case RungOutcome::unproven:
      return "unproven";
    case RungOutcome::failed:
      return "failed";
  }
  return "?";
}

std::string text(const RungResult& result) {
  return std::string(to_string(result.outcome)) + (result.detail.empty() ? "" : ": " + result.detail);
}

const RungRow& row_of(Rung rung) { return kRows[static_cast<size_t>(rung)]; }

std::vector<RuleRow> ladder_rules() {
  std::vector<RuleRow> rows;
  for (const RungRow& row : kRows) rows.push_back({row.id, row.what, row.proves, row.to_override});
  return rows;
}

bool Ladder::proven() const {
  return std::any_of(std::begin(results), std::end(results),
                     [](const RungResult& result) { return result.outcome == RungOutcome::proven; });
}

bool Ladder::server_gone() const {
  return std::any_of(std::begin(kRows), std::end(kRows), [&](const RungRow& row) {
    return row.ends_server && (*this)[row.rung].outcome == RungOutcome::proven;
  });
}

std::vector<std::string> Ladder::lines() const {
  std::vector<std::string> lines;
  for (const RungRow& row : kRows) {
    const RungResult& result = (*this)[row.rung];
    if (result.outcome != RungOutcome::not_tried)
      lines.push_back(std::string(row.id) + " " + std::string(row.what) + ": " + text(result));
  }
  return lines;
}

bool semi_sync_may_prove(const topology::SemiSync& last_known) {
  return last_known.source_active && last_known.after_sync && last_known.waits_without_replicas &&
         last_known.timeout_ms >= topology::kForEverMs && last_known.wait_for >= 1;
}

RungResult judge_semi_sync(const topology::SemiSync& last_known, const topology::Snapshot& now,
                           const ServerId& primary) {
  if (!last_known.source_enabled) return {};
  if (!last_known.source_active) return unproven("when it was last seen it waited for nobody any more");
  if (!last_known.after_sync) return unproven("it waits AFTER_COMMIT: what it commits is seen before anybody has it");
  if (last_known.timeout_ms < topology::kForEverMs)
    return unproven("it waits for " + std::to_string(last_known.timeout_ms) + " ms, then it commits all the same");
  if (!last_known.waits_without_replicas) return unproven("it does not wait when its replicas are gone");
  if (last_known.wait_for < 1 || !last_known.clients)
    return unproven("nobody knows how many replicas acknowledged to it");
  const Member* old = now.find(primary);
  uint64_t ours = 0;
  for (const Member& member : now.members) {
    if (&member == old) continue;
    if (!member.alive()) return unproven(member.facts.text() + " does not answer: it may acknowledge there");
    if (receives_from(member, *old)) return unproven("the receiver of " + member.facts.text() + " is not stopped");
    ours += member.state()->semi_sync.replica_enabled;
  }
  if (ours < *last_known.clients)
    return unproven(std::to_string(*last_known.clients) + " replicas acknowledged to it, and " + std::to_string(ours) +
                    " of ours can");
  return {RungOutcome::proven, "all " + std::to_string(ours) +
                                   " replicas that could acknowledge a commit to it have their receivers stopped, and it "
                                   "waits for " +
                                   std::to_string(last_known.wait_for) + " of them for " + days(last_known.timeout_ms) +
                                   " days. It may still be read, and what it says then is old"};
}

}  // namespace tanist::plan

// Phase 1: may the primary be switched, to whom, and does somebody else work on this cluster? Changes
// nothing.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "execute/advisory_locks.h"
#include "execute/switch_run.h"

namespace tanist::execute {

using namespace std::chrono_literals;

namespace {
constexpr Duration kProbeLimit = 4s;  // reference App. C
}

sys::Task<Status> SwitchRun::check() {
  world_.log.info("* Phase 1: Configuration Check Phase..");
  world_.log.info("");
  Status done = co_await decide();
  for (const std::string& list : topology::lists(snapshot_)) world_.log.info(list);
  if (!done) co_return done;
  world_.log.info("From:\n" + topology::picture(snapshot_, "current master"));
  if (request_.interactive) {
    done = co_await ask_operator();
    if (!done) co_return done;
  }
  world_.log.info(plan::text(*plan_, snapshot_));
  done = co_await take_locks();
  if (!done || !request_.check_only) co_return done;
  world_.log.info("** Phase 1: Configuration Check Phase completed.");
  world_.log.info("");
  co_return Status{};
}

// From facts of this moment. Called again right before writes stop: a person may have thought for long.
sys::Task<Status> SwitchRun::decide() {
  plan::SwitchFacts facts = co_await gather();
  snapshot_ = facts.snapshot;
  decision_ = plan::plan_switch(facts, request_.policy);
  if (const auto* made = std::get_if<plan::SwitchPlan>(&*decision_)) {
    // The script is called if the new primary's section has one (reference 3.3).
    const bool script = !config_of(made->new_primary).master_ip_online_change_script.empty();
    if (script != request_.policy.has_script) {
      request_.policy.has_script = script;
      decision_ = plan::plan_switch(facts, request_.policy);
    }
  }
  if (const auto* refusal = std::get_if<plan::Refusal>(&*decision_)) {
    co_return fail(Errc::refused,
                   plan::text(*refusal) + (refusal->details.empty() ? " " : "\n") + "Nothing was changed.");
  }
  plan_ = std::get<plan::SwitchPlan>(*decision_);
  for (const std::string& warning : plan_->warnings) {
    if (std::find(said_.begin(), said_.end(), warning) != said_.end()) continue;
    said_.push_back(warning);
    world_.log.warning(warning);
  }
  co_return Status{};
}

sys::Task<plan::SwitchFacts> SwitchRun::gather() {
  plan::SwitchFacts facts;
  facts.snapshot = co_await world_.observe(kProbeLimit);
  std::vector<sys::Task<void>> looks;
  for (topology::Member& member : facts.snapshot.members) {
    if (member.alive()) looks.push_back(look_at(&member, &facts));
  }
  looks.push_back(look_for_script(&facts));
  co_await sys::when_all(std::move(looks));
  co_return facts;
}

sys::Task<void> SwitchRun::look_at(topology::Member* member, plan::SwitchFacts* facts) {
  Server& asked = server(member->facts.id);
  const bool is_primary = facts->snapshot.primary == member->facts.id;
  auto activity = co_await asked.activity(in(kProbeLimit));
  if (activity) {
    facts->activity[member->facts.id] = std::move(*activity);
  } else {
    world_.log.warning(activity.error().what);
  }
  if (is_primary && request_.policy.old_becomes_replica) {
    facts->primary_filters = co_await asked.replication_filters(in(kProbeLimit));
  }
  const bool candidate = member->replica() && member->state()->log_bin && !member->facts.no_master;
  if (!candidate || is_primary) co_return;
  std::string user =
      member->facts.repl_user.empty() ? member->replica()->source_user : member->facts.repl_user;
  if (user.empty()) co_return;
  auto may = co_await asked.may_replicate(user, in(kProbeLimit));
  std::get<topology::ServerState>(member->last.seen).repl_user_may_replicate = may;
  member->facts.repl_user = user;
}

// A script that is not there would be noticed only when nobody may write any more. It is looked for and not
// run.
sys::Task<void> SwitchRun::look_for_script(plan::SwitchFacts* facts) {
  if (!facts->snapshot.primary) co_return;
  const config::ServerConfig& primary = config_of(*facts->snapshot.primary);
  std::string script = primary.master_ip_online_change_script;
  const bool there = co_await hooks::is_there(world_.hooks, std::move(script), in(primary.hook_timeout));
  if (there) co_return;
  facts->script_problem = fmt::format(
      "master_ip_online_change_script cannot be run: there is no executable program at the beginning of '{}'",
      primary.master_ip_online_change_script);
}

bool SwitchRun::yes(const std::string& question) const {
  auto answer = request_.ask(question);
  return answer && lower(trim(*answer)).starts_with('y');
}

// The questions of the original, in its order (reference 7).
sys::Task<Status> SwitchRun::ask_operator() {
  const auto stopped = [] { return fail(Errc::cancelled, "Not typed yes. Stopping: nothing was changed."); };
  if (request_.ask_before_flush && !request_.check_only) {
    auto answer =
        request_.ask(fmt::format("\nIt is better to execute FLUSH NO_WRITE_TO_BINLOG TABLES on the master "
                                 "before switching. Is it ok to execute on "
                                 "{}? (YES/no): ",
                                 old_config().host_info()));
    if (!answer) co_return stopped();
    if (lower(trim(*answer)).starts_with('n')) request_.policy.flush_tables = false;
  }
  if (!yes(fmt::format("\nStarting master switch from {} to {}? (yes/NO): ", old_config().host_info(),
                       next_config().host_info()))) {
    if (!yes("Continue? (yes/NO): ")) co_return stopped();
    auto host = request_.ask("Enter new master host name: ");
    if (!host || trim(*host).empty()) co_return stopped();
    request_.policy.forced_host = std::string(trim(*host));
    request_.policy.forced_port = 3306;
    if (!yes(fmt::format("Master switch to {}. Is it ok to proceed? (yes/NO): ",
                         *request_.policy.forced_host))) {
      co_return stopped();
    }
  }
  if (!has_script() && !request_.check_only &&
      !yes("master_ip_online_change_script is not defined. If you do not disable writes on the current "
           "master manually, "
           "applications keep writing on the current master. Is it ok to proceed? (yes/NO): ")) {
    co_return stopped();
  }
  auto again = co_await decide();
  co_return again;
}

sys::Task<Status> SwitchRun::take_locks() {
  if (!request_.lock_patience) co_return Status{};
  const unsigned patience = *request_.lock_patience;
  world_.log.info("Checking MHA is not monitoring or doing failover..");
  auto watched = co_await take_lock(world_.clock, old(), kMonitorLock, patience,
                                    "is a manager watching this cluster? Stop it first (masterha_stop)");
  if (!watched) co_return watched;
  std::vector<Server*> replicas;
  for (const topology::Member* member : snapshot_.with_role(topology::Role::replica)) {
    replicas.push_back(&server(member->facts.id));
  }
  auto locked = co_await take_failover_locks(world_.clock, std::move(replicas), patience);
  co_return locked;
}

}  // namespace tanist::execute

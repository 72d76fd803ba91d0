// A keeper that changes servers: a dead primary is replaced, or what a person asks for is done.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/effective.h"
#include "daemon/guard.h"
#include "daemon/keeper.h"
#include "daemon/interrupted.h"
#include "execute/from_config.h"
#include "plan/plan.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {
constexpr Duration kPausedLook = 30s;
constexpr Duration kFirstPatience = 5s, kLongestPatience = 5min;
}  // namespace

sys::Task<void> Keeper::replace(ServerId dead, manager::PrimaryDead verdict) {
  const bool held_by_pause = co_await held_back(dead, verdict);
  if (held_by_pause) co_return;
  const config::ServerConfig old = *cluster_->config().find(dead);
  log().warning(fmt::format("{} is {}: {}", old.host_info(), verdict.lives() ? "given up" : "dead", verdict.finding.sentence));
  execute::FailoverRequest request = request_for(dead);
  judged(request, verdict);
  auto result = co_await recover(std::move(request));
  if (!result || result->new_primary) {
    patience_ = Duration::zero();
    co_return;
  }
  patience_ = std::clamp<Duration>(patience_ * 2, kFirstPatience, kLongestPatience);
  log().error(fmt::format("{} was not replaced: {}. Looking again in {} s.", old.host_info(), result->why,
                          std::chrono::duration_cast<std::chrono::seconds>(patience_).count()));
  co_await rest(patience_);
}

// Nobody else changes servers meanwhile, and nothing is left half done that comes first.
Result<std::unique_ptr<store::ClusterLock>> Keeper::lock_recovery() {
  auto lock = outside_.lock_cluster(file_.manager_workdir(), file_.name + ".failover");
  if (!lock) return fail(lock.error().during("another failover of this cluster is running"));
  auto left = manager::left_undone(outside_, file_);
  resumed_ = left && !*left;
  if (resumed_) return lock;
  return fail(Errc::conflict, left ? "a recovery that was interrupted comes first" : left.error().what);
}

std::function<Status()> Keeper::still_ours(store::ClusterLock& recovery) {
  return [this, &recovery] {
    Status held = lock_->still_held();
    return held ? recovery.still_held() : held;
  };
}

// Nothing: what a command has left half done meanwhile comes first.
sys::Task<std::optional<execute::FailoverResult>> Keeper::recover(execute::FailoverRequest request) {
  co_await carer_->rest();
  become(KeeperState::recovering, request.cause);
  execute::FailoverResult result;
  auto lock = lock_recovery();
  if (!resumed_) co_return std::nullopt;
  if (lock) {
    cluster_->take_as_dead(request.policy.dead_primary);
    request.still_ours = still_ours(**lock);
    result = co_await execute::run_failover(cluster_->world(), cluster_->config(), std::move(request));
  } else {
    result.why = lock.error().what;
  }
  std::string sentence = result.new_primary ? result.subject : result.why;
  co_await go_on(result.new_primary, std::move(sentence));
  co_return result;
}

// Behind a recovery: with another primary, or with the one there was.
sys::Task<void> Keeper::go_on(std::optional<ServerId> new_primary, std::string sentence) {
  tell("recovery", new_primary ? "succeeded" : "failed", sentence);
  if (new_primary) {
    view_.last_look.reset();  // of the old primary
    view_.primary.clear();
  }
  become(new_primary ? KeeperState::starting : KeeperState::waiting, std::move(sentence));
  co_await begin_anew();
}

// While it is paused: what would be done is said, once, and the primary is looked at again.
sys::Task<bool> Keeper::held_back(const ServerId& dead, const manager::PrimaryDead& verdict) {
  const store::Mark* paused_primary = pause_of_server(dead);
  if (!is_paused() && !paused_primary) co_return false;
  plan::Policy policy = execute::default_policy(cluster_->config(), dead);
  policy.given_up = verdict.lives();
  plan::DeadHost host;
  host.ssh_reachable = verdict.ssh_reachable;
  host.last_seen_end = verdict.last_seen_end;
  const plan::Decision decision = plan::plan_failover(verdict.snapshot, policy, host, {});
  const auto* plan = std::get_if<plan::Plan>(&decision);
  const std::string would = plan ? "this would be done:\n" + plan::text(*plan, verdict.snapshot)
                                 : "nothing could be done: " + plan::text(std::get<plan::Refusal>(decision));
  const std::string why = (view_.paused ? *view_.paused : *paused_primary).why;
  const std::string sentence = fmt::format("{} is {}, and nothing is done because {} is paused{}; {}",
                                           cluster_->config().find(dead)->host_info(),
                                           verdict.lives() ? "given up" : "dead", view_.paused ? file_.name : "it",
                                           why.empty() ? "" : " (" + why + ")", would);
  if (view_.sentence != sentence) log().warning(sentence);
  become(KeeperState::waiting, sentence);
  cluster_->fix_primary(dead);
  co_await rest(kPausedLook);
  co_return true;
}

// What the monitor has found.
void Keeper::judged(execute::FailoverRequest& request, const manager::PrimaryDead& verdict) {
  request.cause = verdict.finding.rule + " " + verdict.finding.sentence;
  request.ssh_reachable = verdict.ssh_reachable;
  // The monitor asked in a hurry. A host that still sends something back gets the whole ssh_connection_timeout: the
  // only copy of the last transactions is on it.
  if (verdict.finding.kind != detect::Kind::silent && verdict.ssh_reachable == false) request.ssh_reachable.reset();
  request.policy.given_up = verdict.lives();
  request.last_seen_end = verdict.last_seen_end;
  request.dead_semi_sync = verdict.semi_sync;
  request.dead_tls = verdict.tls;
  const config::ServerConfig& server = *cluster_->config().find(request.policy.dead_primary);
  request.check_still_dead = server.ping_type != config::PingType::insert;
  request.last_question = execute::last_question_for(verdict.slowest_answer);
  request.guard = [this] { return guard(); };
}

execute::FailoverRequest Keeper::request_for(const ServerId& dead) {
  execute::FailoverRequest request;
  request.policy = execute::default_policy(cluster_->config(), dead);
  request.log_place = cluster_->log_place();
  request.guard = [] { return std::nullopt; };
  request.phase2_begins = [] {};
  request.activated = [this, dead](const ServerId& next, const execute::Recovered& recovered) {
    complain(manager::remember_replaced(memory_, cluster_->config(), dead, next, recovered, outside_.clock.wall_now()));
  };
  request.stop_requested = [this] { return stop_.is_set(); };
  return request;
}

std::optional<std::string> Keeper::guard() {
  auto history = cluster_->world().journal.history({.cluster = file_.name, .kind = "failover", .at_most = 10, .with_steps = false});
  auto said = memory_.mark(file_.name, store::kAcknowledged);
  if (!history) return history.error().what;
  if (!said) return said.error().what;
  return why_not_again(file_.name, *history, *said, policy_.pause_between_failovers, outside_.clock.wall_now());
}

}  // namespace tanist::daemon

// What a person orders of a keeper. Whatever changes servers is done by the keeper's own loop, instead of watching: there is
// never a second one who decides.
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "daemon/effective.h"
#include "daemon/keeper.h"
#include "manager/recovery_options.h"

namespace tanist::daemon {

namespace {
constexpr const char* kCause = "asked for by hand";
constexpr unsigned kLockPatience = 5;  // seconds
}  // namespace

Status Keeper::may_be_ordered() const {
  if (!cluster_ || stop_.is_set()) return fail(Errc::conflict, file_.name + " is not kept at this moment: " + view_.sentence);
  if (order_ || view_.state == KeeperState::recovering) return fail(Errc::conflict, "a recovery of " + file_.name + " is at work");
  return {};
}

sys::Task<Status> Keeper::instead_of_watching(std::function<sys::Task<Status>()> work) {
  Status may = may_be_ordered();
  if (!may) co_return may;
  Order order{std::move(work), {}};
  order_ = order;
  interrupt_.set();
  Status over = co_await order.over;
  co_return over;
}

sys::Task<void> Keeper::obey() {
  Order order = *order_;
  auto working = order.work();
  Status done = co_await std::move(working);
  order_.reset();
  order.over.set(std::move(done));
}

void Keeper::refuse_order(const std::string& why) {
  auto order = std::exchange(order_, std::nullopt);
  if (order) order->over.set(fail(Errc::conflict, file_.name + ": nothing was begun: " + why));
}

sys::Task<Result<execute::SwitchResult>> Keeper::switch_over(plan::SwitchPolicy policy, bool dry_run) {
  execute::SwitchResult result;
  if (!policy.old_becomes_replica)
    co_return fail(Errc::unsupported, fmt::format("every server of {} belongs to the cluster for `tanist run`: the old primary cannot be left "
                                                  "alone. Switch without leave_old_primary, or end `tanist run` first", file_.path));
  if (!dry_run) {
    std::function<sys::Task<Status>()> work = [&] { return switch_now(policy, result); };
    Status done = co_await instead_of_watching(std::move(work));
    if (!done) co_return fail(done.error());
    co_return result;
  }
  Status may = may_be_ordered();
  if (!may) co_return fail(may.error());
  sys::Completion<bool> over;
  auto look = [](Keeper* self, plan::SwitchPolicy with, execute::SwitchResult* into, sys::Completion<bool> ended) -> sys::Task<void> {
    execute::SwitchRequest request;
    request.policy = std::move(with);
    request.check_only = true;
    request.lock_patience.reset();
    auto looking = execute::run_switch(self->cluster_->world(), self->cluster_->config(), std::move(request));
    *into = co_await std::move(looking);
    ended.set(true);
  };
  guarding_.start(look(this, std::move(policy), &result, over));
  co_await over;
  co_return result;
}

sys::Task<Status> Keeper::switch_now(plan::SwitchPolicy policy, execute::SwitchResult& result) {
  co_await carer_->rest();
  auto lock = lock_recovery();
  if (!lock) co_return fail(lock.error());
  become(KeeperState::recovering, fmt::format("a switch was {}", kCause));
  execute::SwitchRequest request;
  request.policy = std::move(policy);
  request.lock_patience = kLockPatience;
  request.still_ours = still_ours(**lock);
  request.stop_requested = [this] { return stop_.is_set(); };
  auto switching = execute::run_switch(cluster_->world(), cluster_->config(), std::move(request));
  result = co_await std::move(switching);
  std::string sentence = result.why;
  if (result.new_primary) {
    const config::ServerConfig& next = *cluster_->config().find(*result.new_primary);
    complain(memory_.set_primary(file_.name, address_of(next), outside_.clock.wall_now()));
    sentence = fmt::format("switched to {}{}{}", next.host_info(), result.why.empty() ? "" : ": ", result.why);
  }
  co_await go_on(result.new_primary, std::move(sentence));
  co_return Status{};
}

sys::Task<Result<execute::FailoverResult>> Keeper::fail_over(Options options) {
  execute::FailoverResult result;
  std::function<sys::Task<Status>()> work = [&] { return fail_over_now(options, result); };
  Status done = co_await instead_of_watching(std::move(work));
  if (!done) co_return fail(done.error());
  co_return result;
}

// A person may be mistaken about who is dead, and what is fenced does not come back by itself: it is asked first.
sys::Task<Status> Keeper::fail_over_now(const Options& options, execute::FailoverResult& result) {
  auto snapshot = co_await cluster_->observe(kLookLimit);
  std::optional<ServerId> dead = snapshot.primary;
  if (options.given("dead")) {
    auto named = manager::named_server(cluster_->config(), options.text("dead"));
    if (!named) co_return fail(named.error());
    dead = *named;
  }
  if (!dead) co_return fail(Errc::conflict, "the replicas name no single primary, say which one is dead: " + join(snapshot.problems, "; "));
  execute::FailoverRequest request = request_for(*dead);
  request.policy = manager::failover_policy(options, cluster_->config(), *dead);
  request.cause = kCause;
  std::optional<topology::ServerState> before = last_seen(*dead);
  if (before) request.dead_tls = before->tls;
  if (before) request.dead_semi_sync = before->semi_sync;
  plan::DeadHost host = co_await manager::host_of(*cluster_, *dead, std::move(before));
  request.last_seen_end = host.last_seen_end;
  if (host.ssh_reachable == true) request.ssh_reachable = true;  // who is slow is asked for longer
  if (auto refusal = plan::check_failover(snapshot, request.policy)) {
    result.why = plan::text(*refusal) + " Nothing was changed.";
    co_return Status{};
  }
  auto ended = co_await recover(std::move(request));
  if (!ended) co_return fail(Errc::conflict, "a recovery that was interrupted comes first");
  result = std::move(*ended);
  co_return Status{};
}

sys::Task<Result<manager::Forecast>> Keeper::forecast(manager::Supposed supposed) {
  Status may = may_be_ordered();
  if (!may) co_return fail(may.error());
  Result<manager::Forecast> made = fail(Errc::internal, "");
  sys::Completion<bool> over;
  auto look = [](Keeper* self, manager::Supposed what, Result<manager::Forecast>* into, sys::Completion<bool> ended) -> sys::Task<void> {
    *into = co_await manager::forecast(*self->cluster_, std::move(what));
    ended.set(true);
  };
  if (last_alive_) supposed.last_seen = *last_alive_->state();
  guarding_.start(look(this, std::move(supposed), &made, over));
  co_await over;
  co_return made;
}

}  // namespace tanist::daemon

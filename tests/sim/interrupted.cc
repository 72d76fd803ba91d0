// A recovery whose manager is killed at one of its writes, and the next manager, who finds what it left.
#include "discovery/prober.h"
#include "execute/from_config.h"
#include "finished.h"
#include "recovery.h"

namespace tanist::sim {

using namespace std::chrono_literals;

// Kept by the World that its task holds, and so as long as that is not at its end.
struct Recovery::Manager {
  Manager(Recovery& recovery, std::shared_ptr<Life> its_life)
      : life(std::move(its_life)),
        connector(mortal(recovery.connector_, life)),
        shell(mortal(recovery.shell_, life)),
        hooks(mortal(recovery.hooks_, life)),
        journal(mortal(*recovery.journal_, life)),
        cluster(recovery.cluster),
        prober(recovery.world.clock, *connector, cluster) {}

  static execute::World outside(Recovery& recovery, const std::shared_ptr<Manager>& manager,
                                const std::optional<ServerId>& dead) {
    auto observe = [manager, dead](Duration limit) -> sys::Task<topology::Snapshot> {
      sys::Clock* clock = manager->clock;
      auto seen = co_await manager->prober.look(limit, dead);
      co_return topology::build_snapshot(execute::server_facts(manager->cluster), seen, dead, clock->now());
    };
    manager->clock = &recovery.world.clock;
    return {recovery.world.clock, recovery.files,   recovery.entropy_, recovery.log, *manager->connector,
            *manager->shell,      *manager->hooks, *manager->journal, observe};
  }

  std::shared_ptr<Life> life;
  std::unique_ptr<mysql::Connector> connector;
  std::unique_ptr<remote::Shell> shell;
  std::unique_ptr<hooks::Runner> hooks;
  std::unique_ptr<store::Journal> journal;
  config::ClusterConfig cluster;
  discovery::Prober prober;
  sys::Clock* clock = nullptr;
};

std::shared_ptr<Life> Recovery::mortal_life(std::optional<Life::Death> death) {
  auto life = std::make_shared<Life>();
  life->death = death;
  life->dies = [this] {
    ledger.forget_open_steps();
    world.after(0s, [this] {
      for (const auto& server : world.servers) server->end_sessions();
      nodes.end_stand_ins();
    });
  };
  return life;
}

template <class T>
void Recovery::run_out(sys::Task<T> task, const Life& life) {
  auto ended = std::make_shared<bool>(false);
  auto run = [](sys::Task<T> what, std::shared_ptr<bool> end) -> sys::Task<void> {
    static_cast<void>(co_await std::move(what));
    *end = true;
  };
  sys::start_detached(run(std::move(task), ended));
  const TimePoint limit = world.clock.now() + kLongestRecovery;
  while (!*ended && !life.over() && world.clock.step(limit)) {
  }
  pass(5s);
}

std::vector<std::string> Recovery::run_until(std::optional<Life::Death> death) {
  auto life = mortal_life(death);
  auto manager = std::make_shared<Manager>(*this, life);
  run_out(execute::run_failover(Manager::outside(*this, manager, dead()), manager->cluster, request), *life);
  return life->said();
}

std::vector<std::string> Recovery::switch_until(std::optional<Life::Death> death) {
  auto life = mortal_life(death);
  auto manager = std::make_shared<Manager>(*this, life);
  run_out(execute::run_switch(Manager::outside(*this, manager, std::nullopt), manager->cluster, switching), *life);
  return life->said();
}

std::optional<execute::ResumeRequest> Recovery::what_is_left() const {
  auto left = journal_->unfinished();
  if (!left || left->empty()) return std::nullopt;
  execute::ResumeRequest order;
  order.record = left->front();
  order.to_close = "tanist ack app1";
  order.log_place = request.log_place;
  order.activated = request.activated;
  order.still_ours = request.still_ours;
  return order;
}

std::optional<ServerId> Recovery::dead_of(const execute::ResumeRequest& order) const {
  return order.record.kind == store::kFailoverKind ? dead() : std::nullopt;
}

void Recovery::resume_until(Life::Death death) {
  auto order = what_is_left();
  if (!order) return;
  auto life = mortal_life(death);
  auto manager = std::make_shared<Manager>(*this, life);
  auto outside = Manager::outside(*this, manager, dead_of(*order));
  run_out(execute::resume(std::move(outside), manager->cluster, std::move(*order)), *life);
}

std::optional<execute::ResumeResult> Recovery::resume(bool acknowledged) {
  auto order = what_is_left();
  if (!order) return std::nullopt;
  order->acknowledged = acknowledged;
  auto manager = std::make_shared<Manager>(*this, std::make_shared<Life>());
  auto outside = Manager::outside(*this, manager, dead_of(*order));
  auto result = finished(world, execute::resume(std::move(outside), manager->cluster, std::move(*order)));
  pass(5s);
  return result;
}

}  // namespace tanist::sim

#include "story.h"

#include <fmt/format.h>

#include "cluster.h"
#include "compat/masterha_manager.h"
#include "server.h"
#include "shell.h"

namespace tanist::sim {

using namespace std::chrono_literals;

namespace {

class SimLog : public sys::Log {
 public:
  explicit SimLog(World& world) : world_(world) {}
  void write(sys::Level level, std::string_view text, Where) override {
    if (!text.empty()) world_.say("log: [" + std::string(sys::to_string(level)) + "] " + std::string(text));
  }
  void raw(std::string_view text) override { world_.say("log: " + std::string(text)); }

 private:
  World& world_;
};

TimePoint at(Duration since_start) { return TimePoint{} + since_start; }

}  // namespace

Story::Story(Scenario scenario, bool trace)
    : scenario_(std::move(scenario)),
      world_(scenario_.seed, trace),
      nodes_(world_),
      ledger_(world_),
      files_(world_.clock),
      entropy_(scenario_.seed),
      connector_(world_, kManager),
      stop_(world_.clock) {
  world_.step_is_open = [this] { return ledger_.step_is_open(); };
  world_.on_act = [this] {
    if (struck_ && ++acts_since_strike_ == scenario_.second_at_act) second_misfortune();
  };
  // on_unproven_fence=promote is the word by which somebody takes that risk; it is none where a fence can be
  // proven.
  world_.split_brain_allowed = !scenario_.refuse_unproven && !scenario_.can_be_fenced();
  make_servers(world_, scenario_);
}

Story::~Story() = default;

manager::Outside Story::make_outside() {
  class Lock : public store::ClusterLock {
   public:
    explicit Lock(const bool& held) : held_(held) {}
    Status still_held() override {
      if (held_) return {};
      return fail(Errc::conflict, "the cluster's lock was taken away");
    }

   private:
    const bool& held_;
  };
  config::ConfigWorld config;
  config.read = [this](const std::string& path) { return files_.read(path); };
  config.resolve = [this](std::string host) -> sys::Task<Result<std::string>> {
    int index = world_.host_of(host);
    if (index < 0) co_return fail(Errc::not_found, host + ": no such host");
    co_return world_.hosts[index].ip;
  };
  config.login_name = "root";
  return manager::Outside{
      .clock = world_.clock,
      .files = files_,
      .entropy = entropy_,
      .mysql = connector_,
      .config = std::move(config),
      .open_log = [this](const std::string&, sys::Level) { return std::make_unique<SimLog>(world_); },
      .open_journal = [this](const std::string&) -> Result<std::shared_ptr<store::Journal>> {
        return ledger_.open();
      },
      .open_memory = {},
      .lock_cluster = [this](const std::string&, const std::string&)
          -> Result<std::unique_ptr<store::ClusterLock>> { return std::make_unique<Lock>(lock_held_); },
      .open_shell = [this](sys::Log&) { return std::make_unique<SimShell>(world_, nodes_, kManager); },
      .open_hooks =
          [this](sys::Log&) { return std::make_unique<SimHooks>(world_, scenario_, kManager, reported_); },
      .stop = stop_,
      .pid = 4242,
      .host_name = "manager",
      .out =
          [this](std::string_view text) {
            if (!text.empty()) world_.say("out: " + std::string(text));
          },
      .err =
          [this](std::string_view text) {
            if (!text.empty()) world_.say("err: " + std::string(text));
          },
      .ask_line = [](std::string_view) { return std::nullopt; },
  };
}

// Slow writes at first, many just before the strike: that is when replicas differ.
void Story::client_tick() {
  if (!clients_write_) return;
  world_.check_writers();
  Duration to_strike = at(scenario_.strike) - world_.clock.now();
  bool burst = !scenario_.quiet && to_strike > 0s && to_strike < 1500ms;
  bool rest = scenario_.quiet && to_strike < 3s && !struck_;
  auto found = world_.writers();
  if (!rest && !found.empty()) found.front()->commit(scenario_.most_parts);
  Duration pause = std::chrono::milliseconds(burst ? world_.random.between(1, 25)
                                                   : world_.random.between(300, 900) * (struck_ ? 4 : 1));
  world_.after(pause, [this] { client_tick(); });
}

void Story::strike() {
  Server& victim = primary();
  world_.say(fmt::format("STRIKE: {}", to_string(scenario_.fault)));
  struck_ = true;
  if (falsify_at_strike) falsify_at_strike(evidence());
  dead_had_ = victim.data;
  world_.hosts[victim.host()].sshd = scenario_.primary_sshd;
  switch (scenario_.fault) {
    case Fault::kill:
      victim.kill(world_.random.percent(40));
      break;
    case Fault::freeze:
    case Fault::short_freeze:
      victim.freeze();
      break;
    case Fault::cut:
      world_.cut_from_all(victim.host());
      break;
    case Fault::power_off:
      world_.power_off(victim.host());
      break;
    case Fault::manager_cut:
      world_.cut(kManager, victim.host());
      break;
    case Fault::busy:
      victim.busy = true;
      break;
    case Fault::slow:
      world_.latency = 150ms;
      break;
    case Fault::loss:
      world_.loss_percent = 20;
      break;
  }
  if (scenario_.fault == Fault::short_freeze) world_.after(500ms, [this] { heal(); });
  if (scenario_.healed_after) world_.after(*scenario_.healed_after, [this] { heal(); });
}

void Story::heal() {
  world_.say("HEAL");
  switch (scenario_.fault) {
    case Fault::kill:
      if (!nodes_.fenced) primary().start();
      break;
    case Fault::freeze:
    case Fault::short_freeze:
      primary().thaw();
      break;
    case Fault::power_off:
      break;
    case Fault::cut:
    case Fault::manager_cut:
      world_.heal();
      break;
    case Fault::busy:
      primary().busy = false;
      break;
    case Fault::slow:
      world_.latency = 200us;
      break;
    case Fault::loss:
      world_.loss_percent = 0;
      break;
  }
}

void Story::second_misfortune() {
  if (scenario_.lock_taken_away) {
    world_.say("SECOND: the lock is taken away");
    lock_held_ = false;
    return;
  }
  Server* victim = world_.servers[static_cast<size_t>(scenario_.second_victim) + 1].get();
  world_.say("SECOND: " + victim->name());
  struck_servers_.insert(victim->number());
  // From the queue: the act that called us must not see the world change under its hands.
  world_.after(1us, [victim] { victim->kill(false); });
  if (scenario_.second_restarts) {
    world_.after(std::chrono::milliseconds(world_.random.between(200, 5000)), [victim] { victim->start(); });
  }
}

void Story::run_until(TimePoint limit, bool until_manager_ends) {
  while (!(until_manager_ends && exit_code_) && world_.clock.step(limit)) {
  }
}

std::vector<std::string> Story::run() {
  static_cast<void>(files_.replace("/etc/app1.cnf", configuration(scenario_)));
  outside_ = std::make_unique<manager::Outside>(make_outside());
  client_tick();
  for (size_t i = 1; i < world_.servers.size(); ++i) {
    const ReplicaStory& story = scenario_.replicas[i - 1];
    Channel* channel = world_.servers[i]->channel.get();
    auto before_strike = [&](Duration before, std::function<void()> act) {
      world_.clock.call_at(at(scenario_.strike - before), std::move(act));
    };
    if (story.receiver_stopped_before)
      before_strike(*story.receiver_stopped_before, [channel] { channel->stop_receiver(); });
    if (story.applier_stopped) before_strike(1200ms, [channel] { channel->stop_applier(); });
    if (story.applier_broken) {
      before_strike(800ms, [channel] {
        channel->stop_applier();
        channel->sql_errno = 1062;
        channel->sql_error = "Duplicate entry";
      });
    }
  }
  world_.clock.call_at(at(scenario_.by_hand ? scenario_.strike : 1s), [this] {
    auto command = [](Story* story) -> sys::Task<void> {
      std::vector<std::string> args{"--conf=/etc/app1.cnf"};
      auto run = compat::masterha_manager;
      if (story->scenario_.by_hand) {
        run = compat::masterha_master_switch;
        for (const char* word : {"--master_state=dead", "--dead_master_host=db1", "--interactive=0"}) {
          args.emplace_back(word);
        }
      }
      int code = co_await run(std::move(args), *story->outside_);
      story->world_.say(fmt::format("the command ends with {}", code));
      story->exit_code_ = code;
    };
    sys::start_detached(command(this));
  });
  world_.clock.call_at(at(scenario_.strike), [this] { strike(); });

  run_until(at(scenario_.strike), false);
  if (exit_code_ && !scenario_.by_hand)
    world_.violation("START", fmt::format("the manager ended with {} before anything happened", *exit_code_));
  // A primary that is well, or well again, is watched on for ever; a recovery that has begun ends within two
  // hours.
  const bool deadly = is_deadly(scenario_.fault);
  run_until(at(scenario_.strike + (deadly ? scenario_.healed_after.value_or(120s) : 0s) + 90s), true);
  if (ledger_.recoveries() > 0 || (deadly && !scenario_.healed_after))
    run_until(at(scenario_.strike + 2h), true);
  if (!exit_code_) {
    stop_.set();
    run_until(world_.clock.now() + 120s, true);
    if (!exit_code_) world_.violation("END", "the manager did not end when told to stop");
  }
  run_until(world_.clock.now() + 5s, false);
  clients_write_ = false;
  run_until(world_.clock.now() + 200s, false);
  if (falsify_at_end) falsify_at_end(evidence());
  check();
  return world_.violations;
}

Server* Story::server_named(const std::string& host) const {
  int index = world_.host_of(host);
  return index < 0 ? nullptr : world_.server_on(index);
}

std::string Story::outcome() const {
  if (!exit_code_) return "still running";
  return fmt::format("exit {}{}", *exit_code_,
                     reported_.new_primary.empty() ? "" : ", " + reported_.new_primary);
}

}  // namespace tanist::sim

#include "recovery.h"

#include <cassert>

#include "config/load.h"
#include "execute/from_config.h"
#include "finished.h"

namespace tanist::sim {

using namespace std::chrono_literals;

Scenario plain_scenario(int servers) {
  Scenario scenario;
  scenario.seed = 1;
  scenario.servers = servers;
  scenario.version = "10.11.6-MariaDB-log";
  scenario.ip_hook = true;
  ReplicaStory replica;
  replica.receive_time = 300us;
  replica.apply_time = 500us;
  scenario.replicas.assign(static_cast<size_t>(servers) - 1, replica);
  return scenario;
}

Recovery::Recovery(Scenario wanted)
    : scenario(std::move(wanted)),
      world(scenario.seed, false),
      nodes(world),
      ledger(world),
      files(world.clock),
      entropy_(scenario.seed),
      connector_(world, kManager),
      shell_(world, nodes, kManager),
      hooks_(world, scenario, kManager, reported),
      journal_(ledger.open()) {
  world.step_is_open = [this] { return ledger.step_is_open(); };
  make_servers(world, scenario);
  if (scenario.binlog_server) nodes.copies[world.clients] = &server(1);
  pass(1s);
  load();
}

void Recovery::load() {
  static_cast<void>(files.replace("/etc/app1.cnf", configuration(scenario)));
  config::ConfigWorld outside;
  outside.read = [this](const std::string& path) { return files.read(path); };
  outside.resolve = [this](std::string host) -> sys::Task<Result<std::string>> {
    co_return world.hosts.at(static_cast<size_t>(world.host_of(host))).ip;
  };
  outside.login_name = "root";
  auto loaded = finished(world, config::load_cluster(outside, {"/etc/app1.cnf"}));
  assert(loaded);
  cluster = std::move(*loaded);
  request.policy = execute::default_policy(cluster, ServerId("server1"));
  request.cause = "D50 crashed";
  request.log_place = "manager:/work/manager.log";
  request.guard = [] { return std::nullopt; };
  request.still_ours = [] { return Status{}; };
  request.phase2_begins = [this] { phase2_began = true; };
  switching.changes_begin = [this] { phase2_began = true; };
}

void Recovery::die_ahead_of(const std::set<int>& behind, int transactions, Death death) {
  for (int number : behind) channel(number).stop_receiver();
  for (int i = 0; i < transactions; ++i) {
    server(1).commit();
    pass(2ms);
  }
  pass(1s);
  if (death == Death::kill) {
    server(1).kill(false);
  } else {
    world.power_off(server(1).host());
  }
  for (int number : behind) channel(number).start_receiver();
  pass(100ms);
}

void Recovery::hold_unapplied(int number, int transactions) {
  channel(number).stop_applier();
  for (int i = 0; i < transactions; ++i) server(1).commit();
  pass(1s);
  channel(number).stop_receiver();
}

void Recovery::when(std::string act, std::function<void()> then) {
  world.on_act = [this, act = std::move(act), then = std::move(then), done = false]() mutable {
    if (done || !world.acts.back().starts_with(act)) return;
    done = true;
    // From the queue: the act that called us must not see the world change under its hands.
    world.after(1us, then);
  };
}

execute::World Recovery::outside(std::optional<ServerId> not_asked) {
  prober_ = std::make_unique<discovery::Prober>(world.clock, connector_, cluster);
  auto observe = [this, not_asked](Duration limit) -> sys::Task<topology::Snapshot> {
    auto seen = co_await prober_->look(limit, not_asked);
    co_return topology::build_snapshot(execute::server_facts(cluster), seen, not_asked, world.clock.now());
  };
  return {world.clock, files, entropy_, log, connector_, shell_, hooks_, *journal_, observe};
}

execute::FailoverResult Recovery::run() {
  auto result = finished(world, execute::run_failover(outside(request.policy.dead_primary), cluster, request));
  pass(5s);
  return result;
}

execute::SwitchResult Recovery::run_switch() {
  auto result = finished(world, execute::run_switch(outside(std::nullopt), cluster, switching));
  pass(5s);
  return result;
}

Status Recovery::take_care(execute::CareRequest care) {
  auto observe = [](Duration) -> sys::Task<topology::Snapshot> { co_return topology::Snapshot{}; };
  execute::World outside{world.clock, files, entropy_, log, connector_, shell_, hooks_, *journal_, observe};
  auto result = finished(world, execute::take_care(outside, cluster, std::move(care)));
  pass(5s);
  return result;
}

std::vector<std::string> Recovery::steps() const {
  std::vector<std::string> all;
  auto history = journal_->history({.at_most = 1});
  if (!history || history->empty()) return all;
  for (const store::StepRecord& step : history->front().steps) {
    std::string text = step.intent.name + (step.intent.target.empty() ? "" : " " + step.intent.target);
    if (!step.outcome) text += " open";
    if (step.outcome == store::StepOutcome::failed) text += " failed";
    all.push_back(std::move(text));
  }
  return all;
}

std::vector<std::string> Recovery::results() const {
  std::vector<std::string> all;
  auto history = journal_->history({.at_most = 1});
  if (!history || history->empty()) return all;
  for (const store::StepRecord& step : history->front().steps) all.push_back(step.result);
  return all;
}

std::vector<std::string> Recovery::acts_on(int number) const {
  const std::string prefix = "server" + std::to_string(number) + ": ";
  std::vector<std::string> all;
  for (const std::string& act : world.acts) {
    if (act.starts_with(prefix)) all.push_back(act.substr(prefix.size()));
  }
  return all;
}

}  // namespace tanist::sim

// One failover or switch alone in the simulated world: execute::run_failover or run_switch with nothing of the manager
// around it, for the tests of that room. What a test breaks, it breaks by hand.
//
//   Recovery recovery(plain_scenario(3));
//   recovery.server(1).kill(false);
//   recovery.when("hook ip start", [&] { recovery.server(3).kill(false); });
//   auto result = recovery.run();
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster.h"
#include "config/cluster.h"
#include "discovery/prober.h"
#include "execute/care.h"
#include "execute/failover.h"
#include "execute/resume.h"
#include "execute/switchover.h"
#include "hooks.h"
#include "ledger.h"
#include "mortal.h"
#include "nodes.h"
#include "server.h"
#include "sessions.h"
#include "shell.h"
#include "sys/memory_files.h"
#include "sys/memory_log.h"
#include "sys/seeded_entropy.h"

namespace tanist::sim {

// Sound servers, replication by position, an address that scripts move. All replicas are equal once a second
// has passed.
Scenario plain_scenario(int servers);

class Recovery {
 public:
  // The scenario's cluster has been running for a second. Its faults are not acted upon.
  explicit Recovery(Scenario scenario);

  Server& server(int number) { return *world.servers.at(static_cast<size_t>(number) - 1); }
  Channel& channel(int number) { return *server(number).channel; }
  void pass(Duration time) { world.clock.advance(time); }
  // The primary dies; of its last `transactions` these replicas have received nothing, all others everything.
  enum class Death { kill, power_off };
  void die_ahead_of(const std::set<int>& behind, int transactions, Death death = Death::kill);
  // A replica whose threads are both stopped, with so many transactions received and not applied.
  void hold_unapplied(int number, int transactions);
  // Just after the first act of the recovery that begins so ("server2: STOP", "db1: tanist-node standin").
  void when(std::string act, std::function<void()> then);

  execute::FailoverResult run();
  // The outside as the manager has it. `not_asked` is taken as dead.
  execute::World outside(std::optional<ServerId> not_asked);
  // The other recovery: a switch of the living primary, as `switching` says.
  execute::SwitchResult run_switch();
  // One act of care, with the primary alive.
  Status take_care(execute::CareRequest care);

  // The same whose manager is killed at that write to the journal, or at none; all that it began to write.
  std::vector<std::string> run_until(std::optional<Life::Death> death);
  std::vector<std::string> switch_until(std::optional<Life::Death> death);
  void resume_until(Life::Death death);
  // The next manager finds what the journal holds unfinished. Nothing: there is nothing.
  std::optional<execute::ResumeResult> resume(bool acknowledged = false);

  std::vector<std::string> steps() const;  // "kill_server server1", with " failed" behind those that were
  std::vector<std::string> results() const;  // what the journal says of each of them
  std::vector<std::string> acts_on(int number) const;  // statements that changed something there, in order

  Scenario scenario;
  World world;
  Nodes nodes;
  Ledger ledger;
  sys::MemoryFiles files;
  sys::MemoryLog log;
  Reported reported;
  config::ClusterConfig cluster;
  execute::FailoverRequest request;  // as the manager makes it of the configuration
  execute::SwitchRequest switching;
  bool phase2_began = false;

 private:
  void load();

  std::shared_ptr<Life> mortal_life(std::optional<Life::Death> death);
  template <class T>
  void run_out(sys::Task<T> task, const Life& life);  // to its end, or that of the life
  std::optional<execute::ResumeRequest> what_is_left() const;
  std::optional<ServerId> dead() const { return request.policy.dead_primary; }
  std::optional<ServerId> dead_of(const execute::ResumeRequest& order) const;

  struct Manager;  // what one of them holds; it may die in the middle of something
  sys::SeededEntropy entropy_;
  SimConnector connector_;
  SimShell shell_;
  SimHooks hooks_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<discovery::Prober> prober_;
};

}  // namespace tanist::sim

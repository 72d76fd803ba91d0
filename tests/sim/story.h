// One run: the world of a scenario, the production manager in it, what happens, and what must hold
// afterwards.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooks.h"
#include "ledger.h"
#include "manager/outside.h"
#include "nodes.h"
#include "scenario.h"
#include "sessions.h"
#include "sys/memory_files.h"
#include "sys/seeded_entropy.h"
#include "world.h"

namespace tanist::sim {

// What a checker goes by, open to the unit test that proves that it can fail.
struct Evidence {
  World& world;
  Nodes& nodes;
  Ledger& ledger;
  Reported& reported;
  std::optional<int>& exit_code;
};

class Story {
 public:
  Story(Scenario scenario, bool trace);
  ~Story();

  std::function<void(Evidence)> falsify_at_strike;
  std::function<void(Evidence)> falsify_at_end;

  // What was violated; empty: all is well.
  std::vector<std::string> run();
  std::string outcome() const;

 private:
  manager::Outside make_outside();
  void client_tick();
  void strike();
  void heal();
  void second_misfortune();
  Evidence evidence() { return {world_, nodes_, ledger_, reported_, exit_code_}; }
  void run_until(TimePoint limit, bool until_manager_ends);

  // checks.cc
  void check();
  void check_no_failover();
  void check_failover();
  void check_replicas(const Server& next);
  void check_nothing_lost(const Server& next);
  void check_put_back();
  void check_not_put_back();
  bool left_without_lock();
  void check_journal();
  bool log_was_reachable() const;

  Server& primary() { return *world_.servers[0]; }
  Server* server_named(const std::string& host) const;

  Scenario scenario_;
  World world_;
  Nodes nodes_;
  Ledger ledger_;
  sys::MemoryFiles files_;
  sys::SeededEntropy entropy_;
  SimConnector connector_;
  sys::Event stop_;
  Reported reported_;
  std::unique_ptr<manager::Outside> outside_;
  std::optional<int> exit_code_;
  bool struck_ = false;
  bool clients_write_ = true;
  bool lock_held_ = true;
  int acts_since_strike_ = 0;
  std::set<Txn> dead_had_;        // committed by the primary when it died
  std::set<int> struck_servers_;  // by the second misfortune
};

}  // namespace tanist::sim

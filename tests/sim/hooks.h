// The user's scripts: what they do to the simulated world, and the ways in which they disappoint.
#pragma once

#include <string>
#include <vector>

#include "hooks/runner.h"
#include "scenario.h"
#include "world.h"

namespace tanist::sim {

// What the report said at the end, for the checkers.
struct Reported {
  bool sent = false;
  std::string new_primary;
  std::vector<std::string> replicas;
  std::string body;
};

class SimHooks : public hooks::Runner {
 public:
  SimHooks(World& world, const Scenario& scenario, int from, Reported& reported)
      : world_(world), scenario_(scenario), from_(from), reported_(reported) {}
  sys::Task<hooks::Outcome> run(hooks::Call call) override;

 private:
  void move_address(const hooks::Call& call, const std::string& command);
  void shut_down(int host, bool only_server);
  void read_report(const hooks::Call& call);

  World& world_;
  const Scenario& scenario_;
  int from_;
  Reported& reported_;
};

}  // namespace tanist::sim

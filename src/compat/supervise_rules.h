// What the supervisor of a manager does next: a table of numbered rows over values. Pure.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace tanist::compat {

// A server of the configuration file, as it was just looked at.
struct SupervisedServer {
  ServerId id;
  std::string host;
  bool replaced = false;  // the manager's report names it as the dead primary
  bool promoted = false;  // and this one as the new
  bool in_use = false;    // it is the primary now, or replicates from it
  bool dead = false;      // no answer, again and again (silence.h); an error is an answer (R9)
  bool kept = false;      // --keep
};

struct SuperviseLimits {
  int starts = 20;  // of the manager within the window
  std::chrono::seconds first_pause{1}, longest_pause{60};
};

struct Supervision {
  bool manager_runs = false;
  bool told_to_stop = false;       // the manager, by a signal
  bool error_flag = false;         // APP.failover.error is there
  bool complete_flag = false;      // APP.failover.complete is there
  bool fresh_complete = false;     // and it is younger than the manager's last sign of life
  bool activated = false;          // the log ends a failover with a new primary
  std::vector<SupervisedServer> servers;  // of the file as it is now
  int starts = 0;                  // within the window
  int quick_ends = 0;              // in a row: ended soon after its start, without a failover
};

enum class SuperviseAct { wait, start, give_up, end };

struct SuperviseDecision {
  std::string_view row;
  SuperviseAct act = SuperviseAct::wait;
  std::vector<ServerId> remove;  // from the file, before the start
  std::chrono::seconds pause{};  // before the start
  std::string sentence;
};

SuperviseDecision decide(const Supervision& seen, const SuperviseLimits& limits);

struct SuperviseRow {
  std::string_view id, when, then;
};
std::span<const SuperviseRow> supervise_rows();  // for the documentation

}  // namespace tanist::compat

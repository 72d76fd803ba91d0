// The planned switch to another primary while the current one lives: reference mha-manager.md 7, with writes
// that are really stopped, and a way back from every failure until the new primary takes writes. Reads as the
// story of a switch; what each phase does is in switch_check.cc, switch_block.cc, switch_activate.cc;
// switch_undo.cc is the way back.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/cluster.h"
#include "execute/world.h"
#include "plan/switchover.h"

namespace tanist::execute {

struct SwitchRequest {
  plan::SwitchPolicy policy;
  bool check_only = false;  // phase 1 alone, and nothing is changed
  bool interactive = false;
  bool ask_before_flush = false;
  // How many seconds to wait for the locks: a watch that has just ended may hold its own for a moment. Nothing: whoever asks
  // watches the primary himself, and only looks.
  std::optional<unsigned> lock_patience = 0;
  // A question to a person and the answer; nothing: there is none. Only when interactive.
  std::function<std::optional<std::string>(const std::string& question)> ask;
  // The lock of the cluster, asked again before what cannot be undone (R6).
  std::function<Status()> still_ours = [] { return Status{}; };
  // A signal came: until the new primary takes writes the switch is undone at the next safe point, then it is
  // finished.
  std::function<bool()> stop_requested = [] { return false; };
  std::function<void()> changes_begin = [] {};
};

struct SwitchResult {
  int exit_code = 1;                                 // 0, 1, 10 as in reference 2.7.2
  std::optional<plan::SwitchDecision> decision;      // what the checks said
  std::optional<topology::Snapshot> snapshot;        // of what
  std::optional<ServerId> old_primary, new_primary;  // if it was switched
  std::chrono::milliseconds writes_blocked{};  // from the old primary's last write to the new one's first
  std::string why;                             // the sentence that explains a code that is not 0
};

// `cluster` must outlive the task.
sys::Task<SwitchResult> run_switch(World world, const config::ClusterConfig& cluster, SwitchRequest request);

}  // namespace tanist::execute

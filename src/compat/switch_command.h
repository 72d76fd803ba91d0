// A planned switch as the commands run it: lock, journal, questions, configuration file and exit code around
// execute::run_switch.
#pragma once

#include "base/options.h"
#include "execute/switchover.h"
#include "manager/cluster.h"

namespace tanist::compat {

struct SwitchCommand {
  plan::SwitchPolicy policy;
  bool check_only = false;
  bool interactive = true;
  bool ask_before_flush = false;
  bool remove_old_section = false;  // --remove_orig_master_conf
};

sys::Task<execute::SwitchResult> run_switch_command(manager::Cluster& cluster, SwitchCommand command);

// masterha_master_switch --master_state=alive (reference 2.7.2).
sys::Task<int> switch_alive(std::vector<std::string> args, manager::Outside& outside);

}  // namespace tanist::compat

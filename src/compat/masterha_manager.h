// masterha_manager: checks the cluster, watches its primary until it dies, fails over once, ends (reference
// mha-manager.md 2.1, 5). The engine behind it is the manager room's; here are options, health file and exit codes.
#pragma once

#include <span>
#include <string>

#include "manager/outside.h"

namespace tanist::compat {

sys::Task<int> masterha_manager(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> masterha_master_monitor(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> masterha_check_repl(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> masterha_check_ssh(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> masterha_secondary_check(std::vector<std::string> args, manager::Outside& outside);
sys::Task<int> masterha_master_switch(std::vector<std::string> args, manager::Outside& outside);

}  // namespace tanist::compat

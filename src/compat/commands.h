// The masterha_* commands: words after the command's name in, exit code out. Everything they print goes
// through World.
#pragma once

#include <string>
#include <vector>

#include "compat/world.h"
#include "sys/task.h"

namespace tanist::compat {

sys::Task<int> masterha_check_status(std::vector<std::string> args, World& world);
sys::Task<int> masterha_stop(std::vector<std::string> args, World& world);
sys::Task<int> masterha_conf_host(std::vector<std::string> args, World& world);

}  // namespace tanist::compat

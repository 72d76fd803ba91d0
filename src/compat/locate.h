// Finding a manager from outside: which application, which work directory, which log. masterha_check_status
// and masterha_stop take the same options for it and both can go over all applications of a host.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/options.h"
#include "compat/status_file.h"
#include "compat/world.h"

namespace tanist::compat {

struct Located {
  std::string app;
  std::string status_dir;
  std::string log;  // shown in hints; may be empty
  std::optional<std::chrono::seconds> ping_interval;  // the longest configured; nothing where no file was read

  std::string health_path() const { return compat::health_path(status_dir, app); }
};

// Runs the command for the application that the options name or, with --all, for every
// /service/masterha_NAME. The exit code: the command's; with --all 1 if any is not 0 or nothing can be gone
// over. `table.rows` are the command's own options; --conf, --app, --status_dir, … come in front of them.
using PerManager = sys::Task<int> (*)(const Options&, Located, World&);
sys::Task<int> for_each_manager(CommandTable table, std::vector<std::string> args, World& world,
                                PerManager command);

}  // namespace tanist::compat

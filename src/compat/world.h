// What a masterha_* command needs of the outside; apps/tanist wires the real one, tests hand in values.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/options.h"
#include "config/load.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/process_table.h"

namespace tanist::compat {

struct World {
  sys::Clock& clock;
  sys::Files& files;
  sys::ProcessTable& processes;
  config::ConfigWorld config;
  std::function<void(std::string_view)> out;  // stdout: what was asked for
  std::function<void(std::string_view)> err;  // stderr: warnings and errors
};

// What every command does first: prints help, version, wrong options and warnings. Set: end with this exit
// code.
inline std::optional<int> begin(const CommandLine& line, World& world) {
  if (!line.out.empty()) world.out(line.out);
  if (!line.err.empty()) world.err(line.err);
  return line.exit_code;
}

}  // namespace tanist::compat

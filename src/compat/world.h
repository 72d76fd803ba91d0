// What a masterha_* command needs of the outside; apps/tanist wires the real one, tests hand in values.
#pragma once

#include <functional>
#include <string_view>

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

}  // namespace tanist::compat

// The commands `tanist-node standin` and `tanist-node tail`: the job from standard input, the report to
// standard output.
#pragma once

#include <span>
#include <string>

namespace tanist::standin {

// Serves until standard input ends or says "stop", or the job's deadline passes: exit status 0. If it cannot
// serve, the first line says why and the exit status is 1.
int run_standin(std::span<const std::string> args);
// Reads the logs, prints what could be served, and ends.
int run_tail(std::span<const std::string> args);

}  // namespace tanist::standin

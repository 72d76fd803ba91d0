// Starting a program, without the waiting: pipes, process group, environment. Inside of sys.
#pragma once

#include "base/result.h"
#include "sys/process.h"
#include "sys/unique_fd.h"

namespace tanist::sys {

enum class StdinKind { none, pipe };
enum class OutputKind { inherit, separate, merged };

struct Spawned {
  int pid = 0;
  UniqueFd in;   // our end of its stdin
  UniqueFd out;  // of its stdout, and of stderr too when merged
  UniqueFd err;
};

Result<Spawned> spawn(const ProcessSpec& spec, StdinKind input, OutputKind output);

}  // namespace tanist::sys

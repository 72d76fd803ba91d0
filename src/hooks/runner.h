// External scripts of the user: what they are called with is a contract (reference mha-manager.md 3), how
// long they may take is ours. The argument lists are built by pure functions in arguments.h; this runs them.
#pragma once

#include <string>

#include "hooks/call.h"
#include "sys/process.h"
#include "sys/task.h"

namespace tanist::hooks {

struct Outcome {
  sys::ExitStatus status;
  std::string what;  // a sentence: how it ended, "return code 10:0", "ended by us after 30 s"
  bool ok() const { return status.ok(); }
};

class Runner {
 public:
  virtual ~Runner() = default;
  virtual sys::Task<Outcome> run(Call call) = 0;
};

// Whether the shell will find a script's program. It is looked for and not run; where that cannot be told, it is taken to be there.
sys::Task<bool> is_there(Runner& runner, std::string script, TimePoint deadline);

}  // namespace tanist::hooks

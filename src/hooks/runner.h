// External scripts of the user: what they are called with is a contract (reference mha-manager.md 3), how long they
// may take is ours. The argument lists are built by pure functions in arguments.h; this runs them.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "sys/process.h"
#include "sys/task.h"

namespace tanist::hooks {

// One `--name=value` argument. Secret values are shown as xxx wherever the call is printed.
struct Argument {
  std::string name;
  std::string value;
  bool secret = false;
  bool quoted = false;  // user and password style: quoted and escaped as MHA does (reference 3.1)
};

struct Call {
  std::string script;               // the configured command line prefix, run by sh
  std::vector<Argument> arguments;
  TimePoint deadline;               // a hook that hangs is ended here, with its process group
};

struct Outcome {
  sys::ExitStatus status;
  std::string what;                 // a sentence: how it ended, "return code 10:0", "ended by us after 30 s"
  bool ok() const { return status.ok(); }
};

// The call as it may be logged: secrets masked.
std::string printable(const Call& call);
// The call as the shell gets it.
std::string command_line(const Call& call);

class Runner {
 public:
  virtual ~Runner() = default;
  virtual sys::Task<Outcome> run(Call call) = 0;
};

}  // namespace tanist::hooks

// Runs hooks as MHA did, by /bin/sh, with what MHA lacked: no stdin to wait on, a deadline, no secret in the
// log.
#pragma once

#include "hooks/runner.h"
#include "sys/clock.h"
#include "sys/log.h"

namespace tanist::hooks {

class ShellRunner : public Runner {
 public:
  // What hooks print goes to the log as it comes.
  ShellRunner(sys::Processes& processes, const sys::Clock& clock, sys::Log& log)
      : processes_(processes), clock_(clock), log_(log) {}

  sys::Task<Outcome> run(Call call) override;

 private:
  sys::Processes& processes_;
  const sys::Clock& clock_;
  sys::Log& log_;
};

}  // namespace tanist::hooks

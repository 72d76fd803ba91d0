// The two empty files by which a failover speaks to the next one: APP.failover.complete (its age is the guard
// against failing over again too soon) and APP.failover.error (a person must look first).
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace tanist::compat {

class FailoverFlags {
 public:
  FailoverFlags(sys::Files& files, const sys::Clock& clock, const std::string& work_dir,
                const std::string& app);

  // Before a failover; each is a refusal (Errc::conflict) that names the file and the option that overrides
  // it. A completed failover that is old enough is forgotten.
  Status check_no_error() const;
  Status check_not_recent(std::chrono::minutes last_failover_minute);
  Status forget();  // --ignore_last_failover

  // After it: ran to its end (exit 0 or 10), or failed or was interrupted once Phase 2 had begun.
  Status mark_complete();
  Status mark_error();

  const std::string& complete_path() const { return complete_path_; }
  const std::string& error_path() const { return error_path_; }

 private:
  sys::Files& files_;
  const sys::Clock& clock_;
  std::string complete_path_, error_path_;
};

}  // namespace tanist::compat

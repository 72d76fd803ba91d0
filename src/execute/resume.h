// A recovery whose manager died before its end is finished, undone, or left to a person: what the journal says, held
// against the servers as they are now. The judgement is plan/resume.h; the acts are those of failover.h, each a further step
// of the same record, so that whoever dies here is followed by the next one in the same way.
#pragma once

#include "execute/failover.h"
#include "execute/notes.h"
#include "plan/resume.h"

namespace tanist::execute {

struct Interrupted {
  store::RecoveryRecord record;
  RecoveryNotes notes;
  bool address_given = false;  // the script has said so
  std::string to_close;        // what a person types who has dealt with it himself
};

struct ResumeRequest {
  store::RecoveryRecord record;
  bool acknowledged = false;  // a person has dealt with it: it is closed, whatever it says
  std::string to_close = {};  // what he types
  std::string log_place = {};
  std::function<Status()> still_ours = [] { return Status{}; };
  std::function<void(const ServerId& new_primary, const Recovered&)> activated = [](const ServerId&, const Recovered&) {};
};

struct ResumeResult {
  plan::ResumeVerdict verdict;
  bool closed = false;                  // in the journal; otherwise it is to be tried again, or a person waited for
  std::optional<ServerId> new_primary;  // it went forward
  int exit_code = 1;                    // 0 or 10 then
  std::string why;                      // for people, whatever became of it
};

// `cluster`: with the old primary, as it was when the recovery began; it must outlive the task.
sys::Task<ResumeResult> resume(World world, const config::ClusterConfig& cluster, ResumeRequest request);

}  // namespace tanist::execute

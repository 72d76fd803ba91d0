// The failover of a dead primary, from the checks to the report: reference mha-manager.md 6, with a stand-in source
// in place of copied logs (design 3) and a journal under every step (design 2). Reads as the story of a failover;
// what each phase does is in fence.cc, recover.cc and repoint.cc.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "config/cluster.h"
#include "detect/finding.h"
#include "execute/world.h"
#include "plan/plan.h"

namespace tanist::execute {

// How far the servers that go on had come when the new primary began: what the old one has beyond that, nobody else has.
struct Recovered {
  bool by_gtid = false;
  std::string end;       // in the old one's log, "file:position"; empty: not known
  std::string gtids;     // what the new primary had executed
  std::string joins_at;  // where the new primary's own log stood, "file:position"
};

// A new connection takes four round trips until it is logged in, an answer takes one. Who has been silent for seconds, and
// used to answer in milliseconds, is not waited for any longer than that.
inline constexpr Duration kLongestQuestion = std::chrono::seconds(1);
constexpr Duration last_question_for(Duration slowest_answer) {
  return std::clamp<Duration>(10 * slowest_answer, std::chrono::milliseconds(250), kLongestQuestion);
}

struct FailoverRequest {
  plan::Policy policy;                  // dead_primary and the command's options
  std::string cause;                    // the finding's sentence, or who asked
  std::optional<bool> ssh_reachable;    // of the dead primary's host, if it was tested
  std::optional<gtid::LogCoordinates> last_seen_end;  // of the dead primary's log, from before the silence (R10)
  topology::SemiSync dead_semi_sync;    // likewise, when it was last seen alive
  topology::TlsFiles dead_tls;          // of the dead primary, if it was seen alive: replicas may verify it
  bool check_still_dead = true;         // false where ping_type is INSERT (reference 6.3.6)
  Duration last_question = kLongestQuestion;  // how long it is asked for a sign of life before the fence
  std::string log_place;                // "manager:/var/log/masterha/app1.log", for the report
  bool interactive = false;
  // Asks a person; only when interactive. False: stop here.
  std::function<bool(const std::string& question)> ask;
  // Flag files, recent failovers (R7): called when the checks have passed and nothing is touched yet. A sentence
  // refuses.
  std::function<std::optional<std::string>()> guard;
  // The lock of the cluster, asked again before what cannot be undone (R6).
  std::function<Status()> still_ours;
  // A signal came: up to activation the failover is undone at the next safe point, after it it is finished.
  std::function<bool()> stop_requested = [] { return false; };
  // From here on every failure leaves the error flag (reference 6.4).
  std::function<void()> phase2_begins;
  // There is no way back any more; what must be known of it if we die now is to be written down here.
  std::function<void(const ServerId& new_primary, const Recovered&)> activated = [](const ServerId&, const Recovered&) {};
};

struct FailoverResult {
  int exit_code = 1;                    // 0, 1, 10 as in reference 6.10
  bool phase2_reached = false;
  std::optional<ServerId> new_primary;  // activated
  std::string subject;
  std::string body;
  std::vector<std::string> recovered;   // hostnames replicating from the new primary
  std::string why;                      // the sentence that explains a code that is not 0
};

// `cluster` must outlive the task.
sys::Task<FailoverResult> run_failover(World world, const config::ClusterConfig& cluster, FailoverRequest request);

}  // namespace tanist::execute

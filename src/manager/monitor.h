// Watches one primary until it is judged dead, or until told to stop. Every failed question starts a round of
// evidence: the replicas' view, witnesses over ssh, the host, the secondary check script; detect::judge decides.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "config/cluster.h"
#include "detect/finding.h"
#include "execute/world.h"
#include "manager/grey_watch.h"
#include "manager/ping.h"
#include "topology/snapshot.h"

namespace tanist::manager {

// What a face (health file, status API) wants to know while it happens.
class MonitorListener {
 public:
  virtual ~MonitorListener() = default;
  virtual void ping_ok(bool first_or_first_again) = 0;
  virtual void ping_failing(int failures) = 0;
  virtual void looked(const topology::Snapshot&) {}   // at everybody, while the primary answers
  virtual void found(const detect::Finding&) {}       // another one than before, while it does not
  // All that is wrong with a primary that answers, after each look at it; nothing when the watch ends.
  virtual void standing(const std::vector<detect::Condition>&) {}
};

struct PrimaryDead {
  detect::Finding finding;
  topology::Snapshot snapshot;
  std::optional<gtid::LogCoordinates> last_seen_end;  // of the primary's log, when it was last looked at
  std::optional<bool> ssh_reachable;
  topology::TlsFiles tls;                             // the primary's, from then
  topology::SemiSync semi_sync;                       // likewise
  Duration slowest_answer{};                          // of the last ones it gave
  bool lives() const { return finding.kind == detect::Kind::given_up; }
};
struct MonitorStopped {};           // stop was set
struct MonitorRefused {             // cannot watch: lock held by another manager
  std::string why;
};
using MonitorEnd = std::variant<PrimaryDead, MonitorStopped, MonitorRefused>;

class Monitor {
 public:
  Monitor(execute::World world, const config::ClusterConfig& cluster, ServerId primary, MonitorListener& listener,
          sys::Event& stop);

  sys::Task<MonitorEnd> run();

 private:
  // What is known of the running series of failures; empty while the primary answers.
  struct Series {
    std::optional<TimePoint> silent_since;
    int failures = 0;
    bool failed_before = false;                     // begun anew within one series of failures
    std::optional<topology::NoAnswer> last;
    std::optional<topology::Snapshot> previous_look;
    std::vector<ServerId> advancing;                // received more since the previous look
    std::optional<TimePoint> last_advance;
    std::vector<detect::Witness> witnesses;
    TimePoint witnesses_asked{};
    std::optional<bool> ssh_reachable;
    std::optional<detect::ScriptVerdict> script;
    TimePoint script_asked{};
    Duration longest_gap{};
    std::optional<TimePoint> paused_until;          // this manager had stood still until then
    std::string last_rule;                          // a finding is said once, not every round
  };

  sys::Task<void> on_answer(mysql::Answer<Pinger::Pong> pong);
  sys::Task<std::optional<PrimaryDead>> on_failure(mysql::Failure failure);
  sys::Task<MonitorEnd> watch();
  sys::Task<std::optional<PrimaryDead>> give_up();
  PrimaryDead dead_by(detect::Finding finding, topology::Snapshot snapshot) const;
  sys::Task<void> gather(bool first_round, topology::Snapshot* snapshot);
  sys::Task<void> gather_witnesses(TimePoint deadline);
  sys::Task<void> gather_ssh(TimePoint deadline);
  sys::Task<void> gather_script();
  void begin_series_anew();
  void note_progress(const topology::Snapshot& snapshot);
  detect::Case make_case(topology::Snapshot snapshot) const;
  TimePoint next_ping(TimePoint started, bool answered) const;
  void look_while_healthy();
  sys::Task<void> healthy_look(Duration limit);
  sys::Task<void> grey_look(Duration limit);

  execute::World world_;
  const config::ClusterConfig& cluster_;
  const config::ServerConfig& primary_;
  MonitorListener& listener_;
  sys::Event& stop_;
  Pinger pinger_;
  GreyWatch grey_;
  std::optional<TimePoint> last_asked_;             // end of the last question to the primary
  std::optional<TimePoint> last_answer_;
  bool answered_once_ = false;
  Series series_;

  // While the primary answers: how it was before, to know what changed when it no longer does.
  sys::TaskGroup background_;
  std::optional<topology::Snapshot> healthy_look_;
  TimePoint healthy_look_at_{};
  std::optional<TimePoint> last_greeting_;
  std::deque<Duration> answer_times_;
  std::deque<TimePoint> recoveries_;                // when a series ended with an answer
};

}  // namespace tanist::manager

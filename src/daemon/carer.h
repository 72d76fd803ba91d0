// Care of replicas while the primary answers: every look is judged by plan/care.h; what may be put in order is, one thing at
// a time, and everything else stands as an alarm.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "daemon/alarms.h"
#include "execute/care.h"
#include "manager/cluster.h"
#include "store/memory.h"

namespace tanist::daemon {

class Carer {
 public:
  struct Keepers {
    std::function<bool()> paused;                     // then nothing is done, only said
    std::function<Status()> still_ours;               // R6
    std::function<void(std::vector<Alarm>)> standing;  // all that is to be said now
  };
  // `file`: with the servers that are out. All must outlive it.
  Carer(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file, Keepers keepers);

  // A look at everybody, the primary's answer among them. Returns at once; what is to be done is begun.
  void looked(const topology::Snapshot& snapshot, const ServerId& primary);
  // What has begun is finished: a recovery must not find a replica half pointed elsewhere.
  sys::Task<void> rest() { return acting_.wait(); }

 private:
  using Thing = std::pair<ServerId, plan::CareAct>;
  struct Tried {
    int times = 0;
    TimePoint next{};
    std::string failure;                  // of the last time; empty: it went well
    std::optional<TimePoint> well_since;  // the first look in a row that saw nothing of it
  };

  void forget_what_is_well(const topology::Snapshot& snapshot);
  plan::CareFacts facts_of(const topology::Snapshot& snapshot) const;
  Alarm alarm_of(const plan::CareVerdict& verdict, bool paused) const;
  sys::Task<void> act(execute::CareRequest request);

  manager::Cluster& cluster_;
  store::Memory& memory_;
  const config::ClusterConfig& file_;
  Keepers keepers_;
  std::map<Thing, Tried> tried_;
  std::set<Thing> seen_before_;  // in the look before
  sys::TaskGroup acting_;
};

}  // namespace tanist::daemon

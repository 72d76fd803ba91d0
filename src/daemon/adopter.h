// Replicas of the primary that no file names: each stands as an alarm, or, with discover=1, is asked who it is and becomes a
// server of the cluster (plan/adoption.h). They are remembered in `tanist.sqlite`, so that they are known when the primary is
// dead and can tell nobody of them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/alarms.h"
#include "manager/cluster.h"
#include "store/memory.h"

namespace tanist::daemon {

class Adopter {
 public:
  struct Keepers {
    std::function<bool()> paused;                      // then nobody is adopted, it is only said
    std::function<bool()> watching;                    // the primary answers: who is in the cluster may change now
    std::function<void(std::vector<Alarm>)> standing;  // all that is to be said now
    std::function<void()> changed;                     // somebody belongs to the cluster, or does no more
  };
  // `file`: as it is written. Questions are asked in tasks of `asking`, which must have ended before the cluster begins anew.
  // All must outlive it.
  Adopter(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file, sys::TaskGroup& asking,
          Keepers keepers);

  // A look at everybody, the primary's answer among them. Returns at once; who is to be asked is asked.
  void looked(const topology::Snapshot& snapshot, const ServerId& primary);

 private:
  struct Asked {
    int times = 0;
    TimePoint next{};
    std::string why_not;
  };
  struct Answer {
    config::ServerConfig config;
    topology::ServerState state;
  };

  void tell();
  void forget_who_left(const topology::Snapshot& snapshot);
  std::optional<std::string> why_forgotten(const store::Adopted& adopted, const topology::Snapshot& snapshot, bool is_ours,
                                           const std::set<ServerId>& all_adopted);
  bool is_in_file(const topology::Stranger& stranger) const;
  bool is_ours(const store::Adopted& adopted, const topology::Snapshot& snapshot) const;
  sys::Task<void> ask(topology::Stranger stranger, topology::Snapshot look);
  sys::Task<Result<Answer>> find(topology::Stranger stranger);
  sys::Task<Result<Answer>> look_at(std::string host, topology::Stranger stranger);
  std::string adopt(const topology::Stranger& stranger, const config::ServerConfig& server);
  void say(const std::string& rule, const std::string& kind, const std::string& sentence);

  manager::Cluster& cluster_;
  store::Memory& memory_;
  const config::ClusterConfig& file_;
  sys::TaskGroup& asking_;
  Keepers keepers_;
  topology::Snapshot look_;          // the last; its strangers without those of the file
  std::map<uint32_t, Asked> asked_;  // by server_id
  bool is_asking_ = false;
  std::set<ServerId> in_the_way_before_;  // in the look before
};

}  // namespace tanist::daemon

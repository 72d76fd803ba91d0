// What becomes of a primary that was replaced and answers again, by plan/returned.h and plan/discard.h: a replica, or
// nothing but closed, with its own transactions listed in a file.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "execute/rejoin.h"
#include "manager/cluster.h"
#include "store/memory.h"

namespace tanist::daemon {

// What was asked for; `none`: what the configuration says (auto_rejoin).
enum class RejoinWord { none, rejoin, discard_extra };

struct Rejoined {
  bool member = false;  // it belongs to the cluster again
  std::string sentence;
};

class Rejoiner {
 public:
  // `file`: with the servers that are out. Both must outlive it. `still_ours`: R6.
  Rejoiner(manager::Cluster& cluster, const config::ClusterConfig& file, std::function<Status()> still_ours)
      : cluster_(cluster), file_(file), still_ours_(std::move(still_ours)) {}

  // Of a server that takes no writes. Fails if it, or the primary, could not be looked at.
  sys::Task<Result<Rejoined>> settle(execute::Server& returned, store::Deposed deposed, ServerId primary,
                                     const topology::Snapshot& snapshot, RejoinWord word);
  // The same for a person: it is closed first, and one that replicas of the cluster follow is not touched.
  sys::Task<Result<Rejoined>> rejoin(execute::Server& returned, store::Deposed deposed, ServerId primary,
                                     const topology::Snapshot& snapshot, RejoinWord word);
  sys::Task<Status> close(execute::Server& returned);

 private:
  Result<std::string> list_extra(const config::ServerConfig& server, const plan::ReturnVerdict& verdict);

  manager::Cluster& cluster_;
  const config::ClusterConfig& file_;
  std::function<Status()> still_ours_;
};

// Replicas of the cluster follow it: a person has made it the primary again.
bool is_followed(const config::ServerConfig& server, const topology::Snapshot& snapshot);

// Which of the replaced ones a person means.
Result<store::Deposed> find_deposed(const store::ClusterMemory& memory, const config::ClusterConfig& file, const std::string& host,
                                    std::optional<uint16_t> port);

// While no `tanist run` keeps the cluster. What was done, or why it was not.
sys::Task<Result<std::string>> rejoin_alone(manager::Outside& outside, store::Memory& memory, config::ClusterConfig file,
                                            std::string host, std::optional<uint16_t> port, RejoinWord word);

}  // namespace tanist::daemon

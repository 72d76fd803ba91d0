// What a manager that died has left half done of a cluster: finished, undone, or left to a person (execute/resume.h), by
// whoever next holds the lock of its failovers. `tanist run` keeps one journal for all its clusters, commands that end have
// one in the work directory; so both are looked at, whoever looks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "execute/resume.h"
#include "manager/cluster.h"
#include "store/memory.h"

namespace tanist::manager {

struct LeftUndone {
  std::string file;  // of the journal
  std::shared_ptr<store::Journal> journal;
  store::RecoveryRecord record;
};

// The file where `tanist run` writes of this cluster, told to the commands that come later.
Status tell_journal(Outside& outside, const config::ClusterConfig& cluster);

// Nothing: every recovery of this cluster came to its end. A journal that cannot be read may hold one.
Result<std::optional<LeftUndone>> left_undone(Outside& outside, const config::ClusterConfig& cluster);

// `config`: with the servers that it was about. Behind it the cluster is to begin anew: with which, its caller knows. The
// sentence for a person says what to type.
sys::Task<execute::ResumeResult> resume(Cluster& cluster, LeftUndone left, config::ClusterConfig config,
                                        std::function<Status()> still_ours);

// At the point of no return: who was replaced, by whom, and how far the others were brought.
Status remember_replaced(store::Memory& memory, const config::ClusterConfig& cluster, const ServerId& old,
                         const ServerId& next, const execute::Recovered& recovered, WallTime now);

}  // namespace tanist::manager

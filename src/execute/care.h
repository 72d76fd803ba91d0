// One act of care for a replica while the primary answers, journalled like a recovery. What is to be done is plan/care.h's
// word; here it is seen to be still so.
#pragma once

#include <functional>

#include "config/cluster.h"
#include "execute/world.h"
#include "plan/care.h"

namespace tanist::execute {

struct CareRequest {
  plan::CareVerdict verdict;  // with an act
  ServerId primary;
  std::string source_ip;  // of the source that the replica follows, as discovery resolved it
  std::vector<plan::OldPrimary> replaced;
  std::function<Status()> still_ours = [] { return Status{}; };  // R6
};
// `cluster` must outlive it. Errc::conflict: it is not so any more, or another recovery runs; nothing was changed.
sys::Task<Status> take_care(World& world, const config::ClusterConfig& cluster, CareRequest request);

}  // namespace tanist::execute

// A recovery that an earlier manager left half done, at the beginning of a keeper's work.
#pragma once

#include "manager/interrupted.h"
#include "store/memory.h"

namespace tanist::daemon {

// `file`: what the configuration says; `lock`: of whoever watches the cluster. Behind it the cluster is to begin anew.
sys::Task<execute::ResumeResult> resume(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file,
                                        store::ClusterLock& lock, manager::LeftUndone left);

}  // namespace tanist::daemon

// A primary that was replaced and is back: it takes no writes, what it alone has is found, and it becomes a replica of the
// one that replaced it. The judgement is plan/returned.h.
#pragma once

#include "execute/failover.h"
#include "execute/server.h"
#include "execute/world.h"
#include "plan/discard.h"

namespace tanist::execute {

// What was noted when it was replaced.
struct Replaced {
  Recovered others;
  bool same_successor = true;  // whoever replaced it is the primary now
};

// It is set read-only (also for privileged accounts, where that exists), and its clients' connections are ended. Fails if
// it still takes writes.
sys::Task<Status> close_to_clients(World& world, Server& returned);

struct Returned {
  plan::ReturnFacts facts;
  plan::ReturnVerdict verdict;
};
sys::Task<Result<Returned>> look_at_returned(World& world, const topology::Snapshot& cluster, Server& returned,
                                             Server& primary, Replaced replaced);

struct RejoinRequest {
  std::string cluster;  // for the journal, like `cause`
  std::string cause;
  Replaced replaced;
  // Behind a verdict `clean`: nothing. Behind `extra`: what a person has allowed, and not refused.
  std::optional<plan::DiscardVerdict> discard;
  // A replica of the cluster whose account and options it takes over; nothing: none lives, and the configuration must
  // know repl_user and repl_password.
  std::optional<topology::ReplicaStatus> model;
  std::function<Status()> still_ours = [] { return Status{}; };  // R6
};
// `seen`: what the request is based on; if the server has moved since, nothing is done.
sys::Task<Status> rejoin(World& world, Server& returned, Server& primary, topology::ServerState seen, RejoinRequest request);

// The same by hand, as a person types it on the server; the password is masked.
std::string rejoin_by_hand(Server& returned, const config::ServerConfig& primary, const Replaced& replaced,
                           const topology::ReplicaStatus* model);

}  // namespace tanist::execute

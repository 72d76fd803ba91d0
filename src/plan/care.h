// Is every replica in order while the primary answers, and if not, may it be put in order without anybody's word? Pure:
// rows K... Each row that holds of a replica is said of it; whoever acts does it for one that has held for two looks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace tanist::plan {

// What the configuration allows, for one replica.
struct CarePolicy {
  bool receiver = true;
  bool read_only = true;
  bool source = false;
  Duration alarm_lag = std::chrono::seconds(300);
};

// A primary that was replaced, as who still follows it knows it.
struct OldPrimary {
  std::string hostname, ip;
  uint16_t port = 3306;
  std::string recovered_gtids;  // what the new primary had executed then; empty: not known
};

struct CareFacts {
  const Snapshot& look;  // the primary answers in it
  std::map<ServerId, CarePolicy> policies;
  std::vector<OldPrimary> replaced;
  std::map<ServerId, int> attempts;  // how often a receiver was started since it last ran well
};

enum class CareAct { none, start_receiver, set_read_only, follow_primary };

struct CareVerdict {
  std::string rule;
  ServerId server;
  CareAct act = CareAct::none;  // none: it is said, and a person decides
  std::string sentence;
  std::vector<std::string> evidence;
};
std::vector<CareVerdict> care_for(const CareFacts& facts);
std::vector<RuleRow> care_rules();

// Errors that go by themselves: of the network, of a source that starts, stops or is full for a moment.
bool is_of_the_moment(int receiver_errno);
inline constexpr int kMostReceiverStarts = 8;

const OldPrimary* replaced_source(const topology::ReplicaStatus& status, const std::vector<OldPrimary>& replaced);
// Everything that the replica has executed or received is in the primary, so that nothing is lost when it is pointed there by
// GTID. Why not; nothing: it is. Asked again when its threads have stopped.
std::optional<std::string> why_not_pointed(const topology::ServerState& replica, const topology::ServerState& primary,
                                           const std::vector<OldPrimary>& replaced);

}  // namespace tanist::plan

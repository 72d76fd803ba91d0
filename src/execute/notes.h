// What is written down with the steps of a recovery, so that whoever finds it unfinished can finish or undo it: how each
// server was found, who was to be the new primary, where that one stood when it had everything. Never a password.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/cluster.h"
#include "execute/failover.h"
#include "execute/recorder.h"
#include "topology/snapshot.h"

namespace tanist::execute {

struct FoundServer {
  std::string host;  // whom the section meant then
  uint16_t port = 3306;
  bool old_primary = false;
  bool read_only = false, super_read_only = false;
  std::optional<topology::ReplicaStatus> replica;  // what a CHANGE takes away, and its threads
};

// The one that is to be the new primary.
struct Intended {
  ServerId id;
  int gtid_mode = 0;               // reference mha-manager.md 6.2
  bool old_becomes_replica = false;  // of a switch
  bool move_replicas = true;         // not --skip_change_master
  bool open_it = true;               // not --skip_disable_read_only
  std::string block = {};            // of a switch: how writes were stopped (plan::BlockBy)
  unsigned checkpoint_period = 0;    // of a switch: what it is set back to; 0: it was left alone
};

struct RecoveryNotes {
  std::map<ServerId, FoundServer> found;
  std::optional<ServerId> old_primary;
  std::optional<Intended> next;
  std::optional<Recovered> recovered;  // it had everything
};

void note_found(Recorder& recorder, const topology::Member& member, bool old_primary);
void note_intended(Recorder& recorder, const Intended& next);
void note_recovered(Recorder& recorder, const ServerId& next, const Recovered& recovered);

// Fails where a note cannot be read: nothing is done then on half of them.
Result<RecoveryNotes> read_notes(const store::RecoveryRecord& record);

}  // namespace tanist::execute

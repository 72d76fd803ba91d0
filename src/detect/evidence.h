// A Case sorted into what the rules ask about: only facts young enough to be used (R8) get through here.
#pragma once

#include <vector>

#include "detect/finding.h"

namespace tanist::detect {

// What a replica's receiver says of its source. A running receiver alone is no sign of life: it may wait for
// replica_net_timeout before it notices. A receiver that was told no by its source heard it, so it is mute,
// not lost.
enum class ReceiverWord { mute, running, lost };
ReceiverWord receiver_word(const topology::ReplicaStatus& status);

struct Evidence {
  explicit Evidence(const Case& facts);

  const Case& facts;
  const topology::Member* primary = nullptr;

  // Our own line.
  bool answers = false;                              // no running series of failures
  const topology::NoAnswer* error_packet = nullptr;  // it said no with a number, in this series
  bool spoke = false;       // it greeted us, or answered another connection, in this series
  topology::NoAnswer word;  // how it was last not heard
  int attempts = 0;         // of ours that failed, one after another
  Duration silence{};       // since the last good answer, or since we could hear one again
  bool flapping = false;

  // The other servers.
  std::vector<const topology::Member*> heard;  // gave us an answer of any kind since the silence began
  int unheard = 0;                             // asked since, and silent
  int not_asked = 0;                           // not looked at since
  std::vector<const topology::Member*> advancing, running, lost;  // replicas of the primary among `heard`
  Duration quiet{};                                               // of the receivers, in this series
  int unknown_receivers = 0;                                      // replicas that were not looked at since

  // Witnesses that could be asked, and lately enough.
  std::vector<const Witness*> greeted, got_refused, got_nothing;

  bool by_evidence() const { return facts.method == Method::evidence; }
  bool refused() const { return word.silence == Silence::refused; }
  // A query on a held connection only times out, so a witness may be the one who sees that the port accepts.
  bool accepts_and_is_dumb() const;
  bool no_echo() const { return word.silence == Silence::timeout || word.silence == Silence::no_route; }
  bool any_witness_asked() const { return !greeted.empty() || !got_refused.empty() || !got_nothing.empty(); }
  // Somebody else does not hear it either.
  bool others_agree() const {
    return !got_refused.empty() || !got_nothing.empty() || (!lost.empty() && running.empty());
  }
  bool silent_for(int wanted_attempts, double wanted_intervals) const;
  bool failing_for(int intervals) const;  // from the first failure to now

  std::string primary_text() const;
  std::vector<std::string> lines() const;  // for people, one fact each
};

std::string seconds_text(Duration duration);  // "2.5 s"

}  // namespace tanist::detect

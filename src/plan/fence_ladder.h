// The rungs by which an old primary is kept from taking writes, what each of them proves, and what they prove together.
// Pure; execute climbs them, in this order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/snapshot.h"

namespace tanist::plan {

enum class StepKind;
struct RuleRow;

enum class Rung { live_connection, address_script, over_ssh, shutdown_script, semi_sync };
inline constexpr size_t kRungs = 5;

enum class RungOutcome {
  not_tried,
  proven,    // nobody gets a write acknowledged there any more
  unproven,  // it was done, and that proves nothing
  failed,
};
std::string_view to_string(RungOutcome outcome);

struct RungResult {
  RungOutcome outcome = RungOutcome::not_tried;
  std::string detail;
};
std::string text(const RungResult& result);  // "proven: the detail"

struct RungRow {
  std::string_view id;  // "L10"
  Rung rung;
  StepKind step;
  bool ends_server;       // proven means that its process is gone: its address and log are free for a stand-in
  std::string_view what;  // imperative, for the journal
  std::string_view proves;
  std::string_view to_override;  // the key that takes the rung away, or brings it
};
const RungRow& row_of(Rung rung);
std::vector<RuleRow> ladder_rules();  // for the documentation

// What has been found so far, one for each rung.
struct Ladder {
  RungResult results[kRungs];

  RungResult& operator[](Rung rung) { return results[static_cast<size_t>(rung)]; }
  const RungResult& operator[](Rung rung) const { return results[static_cast<size_t>(rung)]; }
  bool proven() const;
  bool server_gone() const;
  std::vector<std::string> lines() const;  // of those that were tried, for people
};

// A primary that is cut off and strictly semi-synchronous acknowledges nothing while those who would acknowledge to it
// do not listen. By its last known settings, whether that may be proven at all; and whether it is, as everybody else
// stands now.
bool semi_sync_may_prove(const topology::SemiSync& last_known);
RungResult judge_semi_sync(const topology::SemiSync& last_known, const topology::Snapshot& now, const ServerId& primary);

}  // namespace tanist::plan

// What was about to be done, and what came of it, written before the next act: a manager that was killed
// reads here what it left half done. One file for all clusters of a manager; the history that people ask for
// is the same rows.
//
//   auto id = journal.begin("app1", "failover", plan, now);
//   journal.step_intent(*id, {.number = 1, .name = "fence", .target = "db1"}, now);   // then act
//   journal.step_result(*id, 1, StepOutcome::done, "", now);
//   journal.finish(*id, RecoveryOutcome::succeeded, "", now);
//
// Every call has reached the disk when it returns. An undo is a step of its own: nothing that was written
// changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tanist::store {

struct RecoveryId {
  int64_t number = 0;
  auto operator<=>(const RecoveryId&) const = default;
};

enum class StepOutcome { done, failed, skipped };
// incomplete: the cluster is writable again but something is left to repair (MHA's exit code 10).
// abandoned: its manager died or was stopped; somebody looked and closed it.
enum class RecoveryOutcome { succeeded, incomplete, failed, abandoned };
std::string_view to_string(StepOutcome outcome);
std::string_view to_string(RecoveryOutcome outcome);

// What a recovery was.
inline constexpr const char* kFailoverKind = "failover";
// These change one server that is no primary, and can be left at any step: who comes next sees it anew.
inline constexpr const char* kRejoinKind = "rejoin";
inline constexpr const char* kCareKind = "care";
inline constexpr const char* kSwitchKind = "switchover";

// What must be known to finish or undo a recovery whose manager has died: how a server was found, who was chosen. Never
// a password. A later note of the same name about the same server takes its place.
struct Note {
  std::string about;  // a server, by its section's name
  std::string name;
  std::string text;   // JSON, by whoever writes it
  bool operator==(const Note&) const = default;
};

struct StepIntent {
  int number = 0;
  std::string name;
  std::string target;  // the server or host it acts on
  std::string detail;
  std::vector<Note> notes{};  // written in the same instant, at no cost of their own; read with the recovery
  bool operator==(const StepIntent&) const = default;
};

struct StepRecord {
  StepIntent intent;
  WallTime began;
  std::optional<StepOutcome> outcome;  // none: it began and nobody wrote how it ended
  std::string result;
  std::optional<WallTime> ended;
  bool operator==(const StepRecord&) const = default;
};

struct RecoveryRecord {
  RecoveryId id;
  std::string cluster;
  std::string kind;  // failover, switchover, rejoin
  std::string plan;  // as the planner printed it
  WallTime began;
  std::optional<RecoveryOutcome> outcome;
  std::string result;
  std::optional<WallTime> finished;
  std::vector<StepRecord> steps;  // in order of their numbers
  std::vector<Note> notes;        // by server and name
  bool operator==(const RecoveryRecord&) const = default;
};

// Of all that was recorded; an empty text or nothing is any.
struct Which {
  std::optional<RecoveryId> id{};  // a number above 0; 0 is no recovery's
  std::string cluster{}, kind{};
  size_t at_most = 100;
  bool with_steps = true;
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Takes now what a failover will write, because a full disk is a bad reason not to fail over. For whoever may begin one.
  virtual Status keep_room() { return {}; }
  // Errc::conflict while another recovery of that cluster is unfinished.
  virtual Result<RecoveryId> begin(const std::string& cluster, const std::string& kind,
                                   const std::string& plan, WallTime now) = 0;
  // Errc::conflict for a number that exists, or a recovery that is finished.
  virtual Status step_intent(RecoveryId id, const StepIntent& step, WallTime now) = 0;
  // Errc::conflict for a step that has not begun or has ended.
  virtual Status step_result(RecoveryId id, int number, StepOutcome outcome, const std::string& result,
                             WallTime now) = 0;
  virtual Status finish(RecoveryId id, RecoveryOutcome outcome, const std::string& result, WallTime now) = 0;

  virtual Result<std::vector<RecoveryRecord>> unfinished() = 0;  // oldest first
  virtual Result<std::vector<RecoveryRecord>> history(Which which = {}) = 0;  // newest first, unfinished too
};

}  // namespace tanist::store

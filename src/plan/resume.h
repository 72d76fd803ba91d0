// A failover or a switch whose manager died before its end: is it finished, undone, or handed to a person? From what the journal says
// and what the servers say now. Pure: rows I.., first match wins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace tanist::plan {

struct ResumeFacts {
  std::string to_close;  // what a person types when he has dealt with it himself
  std::string unreadable;  // why the journal alone does not tell what was done; empty: it does
  bool begun = false;      // a step was
  std::string old_name, next_name;  // host(ip:port); the second is empty before anybody was chosen
  // As the journal has it: the address was given to the new primary, or one of the steps behind that had begun.
  bool activated = false;
  bool activating = false;  // that script was called, and nobody wrote how it ended
  std::optional<topology::ServerState> next;  // as it answers now
  std::string silence;                        // why it does not
  bool shut = false;  // it was read-only when it was found, and nothing that was to open it had begun
  std::string joins_at;                       // where its log stood when it had everything: "file:position"
  std::vector<std::string> others_writable;   // neither of the two; and they were read-only then
};

enum class ResumeKind {
  nothing,  // nothing was changed
  forward,  // the new primary is one: it takes writes, everybody follows it
  undo,     // everybody is put back below the old primary; after a failover whether that is dead is judged anew
  closed,   // somebody has worked on it meanwhile: nothing is touched
  person,   // nobody can tell; the sentence says what to decide and what to type
};
std::string_view to_string(ResumeKind kind);

struct ResumeVerdict {
  std::string rule;
  ResumeKind kind = ResumeKind::person;
  std::string sentence;
};
ResumeVerdict judge_interrupted(const ResumeFacts& facts);
std::vector<RuleRow> resume_rules();

}  // namespace tanist::plan

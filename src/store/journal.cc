#include "store/journal.h"

namespace tanist::store {

std::string_view to_string(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::done:
      return "done";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::skipped:
      return "skipped";
  }
  return "unknown";
}

std::string_view to_string(RecoveryOutcome outcome) {
  switch (outcome) {
    case RecoveryOutcome::succeeded:
      return "succeeded";
    case RecoveryOutcome::incomplete:
      return "incomplete";
    case RecoveryOutcome::failed:
      return "failed";
    case RecoveryOutcome::abandoned:
      return "abandoned";
  }
  return "unknown";
}

}  // namespace tanist::store

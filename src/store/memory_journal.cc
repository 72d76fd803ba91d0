#include "store/memory_journal.h"

#include <algorithm>
#include <tuple>

namespace tanist::store {

namespace {

void write(std::vector<Note>& notes, const Note& note) {
  auto before = [](const Note& a, const Note& b) { return std::tie(a.about, a.name) < std::tie(b.about, b.name); };
  auto place = std::lower_bound(notes.begin(), notes.end(), note, before);
  if (place == notes.end() || before(note, *place)) place = notes.insert(place, note);
  place->text = note.text;
}

}  // namespace

Result<RecoveryRecord*> MemoryJournal::open_recovery(RecoveryId id) {
  if (broken_) return fail(Errc::io, "the journal is told to fail");
  auto found =
      std::find_if(records_.begin(), records_.end(), [&](const auto& record) { return record.id == id; });
  if (found == records_.end() || found->finished) {
    return fail(Errc::conflict, "recovery " + std::to_string(id.number) + " is not open");
  }
  return &*found;
}

Result<RecoveryId> MemoryJournal::begin(const std::string& cluster, const std::string& kind,
                                        const std::string& plan, WallTime now) {
  if (broken_) return fail(Errc::io, "the journal is told to fail");
  for (const RecoveryRecord& record : records_) {
    if (record.cluster == cluster && !record.finished) {
      return fail(Errc::conflict, "another recovery of " + cluster + " is unfinished");
    }
  }
  RecoveryRecord record;
  record.id = RecoveryId{static_cast<int64_t>(records_.size()) + 1};
  record.cluster = cluster;
  record.kind = kind;
  record.plan = plan;
  record.began = now;
  records_.push_back(record);
  return record.id;
}

Status MemoryJournal::step_intent(RecoveryId id, const StepIntent& step, WallTime now) {
  auto record = open_recovery(id);
  if (!record) return fail(record.error());
  auto& steps = (*record)->steps;
  auto place = std::lower_bound(steps.begin(), steps.end(), step.number,
                                [](const StepRecord& one, int number) { return one.intent.number < number; });
  if (place != steps.end() && place->intent.number == step.number) {
    return fail(Errc::conflict, "step " + std::to_string(step.number) + " has begun before");
  }
  StepRecord begun;
  begun.intent = step;
  begun.intent.notes.clear();
  begun.began = now;
  steps.insert(place, std::move(begun));
  for (const Note& note : step.notes) write((*record)->notes, note);
  return {};
}

Status MemoryJournal::step_result(RecoveryId id, int number, StepOutcome outcome, const std::string& result,
                                  WallTime now) {
  auto record = open_recovery(id);
  if (!record) return fail(record.error());
  for (StepRecord& step : (*record)->steps) {
    if (step.intent.number != number || step.ended) continue;
    step.outcome = outcome;
    step.result = result;
    step.ended = now;
    return {};
  }
  return fail(Errc::conflict, "step " + std::to_string(number) + " is not open");
}

Status MemoryJournal::finish(RecoveryId id, RecoveryOutcome outcome, const std::string& result,
                             WallTime now) {
  auto record = open_recovery(id);
  if (!record) return fail(record.error());
  (*record)->outcome = outcome;
  (*record)->result = result;
  (*record)->finished = now;
  return {};
}

Result<std::vector<RecoveryRecord>> MemoryJournal::unfinished() {
  std::vector<RecoveryRecord> open;
  std::copy_if(records_.begin(), records_.end(), std::back_inserter(open),
               [](const RecoveryRecord& record) { return !record.finished; });
  return open;
}

Result<std::vector<RecoveryRecord>> MemoryJournal::history(Which which) {
  std::vector<RecoveryRecord> newest(records_.rbegin(), records_.rend());
  std::erase_if(newest, [&](const RecoveryRecord& record) {
    if (which.id && record.id.number != which.id->number) return true;
    if (!which.cluster.empty() && record.cluster != which.cluster) return true;
    return !which.kind.empty() && record.kind != which.kind;
  });
  if (newest.size() > which.at_most) newest.resize(which.at_most);
  if (which.with_steps) return newest;
  for (RecoveryRecord& record : newest) record.steps.clear();
  return newest;
}

}  // namespace tanist::store

#include "store/sqlite_journal.h"

#include <array>

#include "store/schema.h"

namespace tanist::store {

namespace {

constexpr int64_t kRoom = 1 << 20;  // a failover of twenty steps writes about half of it

int64_t integer(const Value& value) { return std::get<int64_t>(value); }
std::string text(const Value& value) {
  const auto* found = std::get_if<std::string>(&value);
  return found ? *found : "";
}
std::optional<WallTime> time(const Value& value) {
  if (!std::holds_alternative<int64_t>(value)) return std::nullopt;
  return time_of(value);
}
template <class Outcome, size_t count>
std::optional<Outcome> outcome(const Value& value, const std::array<Outcome, count>& all) {
  for (Outcome one : all) {
    if (to_string(one) == text(value)) return one;
  }
  return std::nullopt;
}

RecoveryRecord recovery_of(const Row& row) {
  constexpr std::array kAll{RecoveryOutcome::succeeded, RecoveryOutcome::incomplete, RecoveryOutcome::failed,
                            RecoveryOutcome::abandoned};
  RecoveryRecord record;
  record.id = RecoveryId{integer(row[0])};
  record.cluster = text(row[1]);
  record.kind = text(row[2]);
  record.plan = text(row[3]);
  record.began = *time(row[4]);
  record.outcome = outcome(row[5], kAll);
  record.result = text(row[6]);
  record.finished = time(row[7]);
  return record;
}

StepRecord step_of(const Row& row) {
  constexpr std::array kAll{StepOutcome::done, StepOutcome::failed, StepOutcome::skipped};
  StepRecord record;
  record.intent = {static_cast<int>(integer(row[0])), text(row[1]), text(row[2]), text(row[3]), {}};
  record.began = *time(row[4]);
  record.outcome = outcome(row[5], kAll);
  record.result = text(row[6]);
  record.ended = time(row[7]);
  return record;
}

}  // namespace

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& path) {
  auto database = open_with_schema(path);
  if (!database) return fail(database.error().during("open the journal"));
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(*database)));
}

Status SqliteJournal::keep_room() {
  auto room = database_.keep_room(kRoom);
  if (!room) return fail(room.error().during("open the journal"));
  return {};
}

Result<RecoveryId> SqliteJournal::begin(const std::string& cluster, const std::string& kind,
                                        const std::string& plan, WallTime now) {
  auto begun = database_.run("INSERT INTO recovery (cluster, kind, plan, began) VALUES (?, ?, ?, ?)",
                             {cluster, kind, plan, microseconds(now)});
  if (begun) return RecoveryId{database_.last_insert_id()};
  if (begun.error().code == Errc::conflict) {
    return fail(Errc::conflict, "another recovery of " + cluster + " is unfinished in " + database_.path());
  }
  return fail(begun.error().during("write the plan to the journal"));
}

Status SqliteJournal::change_one_row(const char* sql, const Row& values, const std::string& doing,
                                     OnDisk when) {
  auto changed = database_.run(sql, values, when);
  if (!changed) return fail(changed.error().during(doing));
  if (*changed != 1) return fail(Errc::conflict, doing + ": not open for it");
  return {};
}

// With its notes in one transaction: one synced write.
Status SqliteJournal::step_intent(RecoveryId id, const StepIntent& step, WallTime now) {
  if (step.notes.empty()) return insert_step(id, step, now);
  auto begun = database_.run("BEGIN IMMEDIATE");
  if (!begun) return fail(begun.error().during("journal the begin of step " + std::to_string(step.number)));
  Status done = insert_step(id, step, now);
  for (const Note& note : step.notes) {
    if (!done) break;
    done = change_one_row("INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?)", {id.number, note.about, note.name, note.text},
                          "journal what is known of " + note.about);
  }
  if (done) {
    auto written = database_.run("COMMIT");
    if (!written) done = fail(written.error().during("journal the begin of step " + std::to_string(step.number)));
  }
  if (!done) static_cast<void>(database_.run("ROLLBACK"));
  return done;
}

Status SqliteJournal::insert_step(RecoveryId id, const StepIntent& step, WallTime now) {
  return change_one_row(
      "INSERT INTO step (recovery, number, name, target, detail, began)"
      " SELECT id, ?, ?, ?, ?, ? FROM recovery WHERE id = ? AND finished IS NULL",
      {int64_t{step.number}, step.name, step.target, step.detail, microseconds(now), id.number},
      "journal the begin of step " + std::to_string(step.number));
}

// Whoever finds a step without its result looks at what it did: only the intent must be there before the act.
Status SqliteJournal::step_result(RecoveryId id, int number, StepOutcome outcome, const std::string& result,
                                  WallTime now) {
  return change_one_row(
      "UPDATE step SET outcome = ?, result = ?, ended = ? WHERE recovery = ? AND number = ? AND ended IS "
      "NULL",
      {std::string(to_string(outcome)), result, microseconds(now), id.number, int64_t{number}},
      "journal the result of step " + std::to_string(number), OnDisk::with_the_next);
}

Status SqliteJournal::finish(RecoveryId id, RecoveryOutcome outcome, const std::string& result,
                             WallTime now) {
  return change_one_row(
      "UPDATE recovery SET outcome = ?, result = ?, finished = ? WHERE id = ? AND finished IS NULL",
      {std::string(to_string(outcome)), result, microseconds(now), id.number},
      "journal the end of recovery " + std::to_string(id.number));
}

Result<std::vector<RecoveryRecord>> SqliteJournal::read(const char* sql, const Row& values, bool with_steps) {
  auto found = database_.rows(sql, values);
  if (!found) return fail(found.error().during("read the journal"));
  std::vector<RecoveryRecord> records;
  for (const Row& row : *found) {
    records.push_back(recovery_of(row));
    if (!with_steps) continue;
    RecoveryRecord& record = records.back();
    auto steps = database_.rows(
        "SELECT number, name, target, detail, began, outcome, result, ended FROM step WHERE recovery = ?"
        " ORDER BY number",
        {record.id.number});
    if (!steps) return fail(steps.error().during("read the journal"));
    for (const Row& step : *steps) record.steps.push_back(step_of(step));
    auto notes = database_.rows("SELECT about, name, text FROM note WHERE recovery = ? ORDER BY about, name",
                                {record.id.number});
    if (!notes) return fail(notes.error().during("read the journal"));
    for (const Row& note : *notes) record.notes.push_back({text(note[0]), text(note[1]), text(note[2])});
  }
  return records;
}

Result<std::vector<RecoveryRecord>> SqliteJournal::unfinished() {
  return read("SELECT * FROM recovery WHERE finished IS NULL ORDER BY id", {}, true);
}

Result<std::vector<RecoveryRecord>> SqliteJournal::history(Which which) {
  return read("SELECT * FROM recovery WHERE (?1 < 0 OR id = ?1) AND (?2 = '' OR cluster = ?2) AND (?3 = '' OR kind = ?3)"
              " ORDER BY id DESC LIMIT ?4",
              {which.id ? which.id->number : -1, which.cluster, which.kind, static_cast<int64_t>(which.at_most)},
              which.with_steps);
}

}  // namespace tanist::store

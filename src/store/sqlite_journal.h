// The journal in one SQLite file. Called from the decision thread: a call costs one synced write.
#pragma once

#include <memory>

#include "store/database.h"
#include "store/journal.h"

namespace tanist::store {

inline constexpr const char* kJournalFile = "tanist.sqlite";    // in manager_workdir, and in the state directory
inline constexpr const char* kStateDir = "/var/lib/tanist";     // of `tanist run`, unless it is told another

class SqliteJournal : public Journal {
 public:
  static Result<std::unique_ptr<SqliteJournal>> open(const std::string& path);

  Status keep_room() override;
  Result<RecoveryId> begin(const std::string& cluster, const std::string& kind, const std::string& plan,
                           WallTime now) override;
  Status step_intent(RecoveryId id, const StepIntent& step, WallTime now) override;
  Status step_result(RecoveryId id, int number, StepOutcome outcome, const std::string& result,
                     WallTime now) override;
  Status finish(RecoveryId id, RecoveryOutcome outcome, const std::string& result, WallTime now) override;
  Result<std::vector<RecoveryRecord>> unfinished() override;
  Result<std::vector<RecoveryRecord>> history(Which which) override;

 private:
  explicit SqliteJournal(Database database) : database_(std::move(database)) {}
  Status change_one_row(const char* sql, const Row& values, const std::string& doing, OnDisk when = OnDisk::now);
  Status insert_step(RecoveryId id, const StepIntent& step, WallTime now);
  Result<std::vector<RecoveryRecord>> read(const char* sql, const Row& values, bool with_steps);

  Database database_;
};

}  // namespace tanist::store

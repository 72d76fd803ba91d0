#include "store/schema.h"

#include <iterator>
#include <vector>

namespace tanist::store {

namespace {

constexpr int64_t kApplicationId = 0x54414e49;  // "TANI", in the file's header

// The statements that lead from each version to the next; the first ones begin with an empty file.
const std::vector<const char*> kVersions[] = {
    // Two rules are the file's own, so that no two managers can break them: one unfinished recovery for each
    // cluster, and nothing is written twice.
    {"CREATE TABLE recovery (id INTEGER PRIMARY KEY AUTOINCREMENT, cluster TEXT NOT NULL, kind TEXT NOT NULL,"
     " plan TEXT NOT NULL, began INTEGER NOT NULL, outcome TEXT, result TEXT, finished INTEGER)",
     "CREATE UNIQUE INDEX one_unfinished ON recovery (cluster) WHERE finished IS NULL",
     "CREATE TABLE step (recovery INTEGER NOT NULL REFERENCES recovery, number INTEGER NOT NULL,"
     " name TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL, began INTEGER NOT NULL, outcome TEXT,"
     " result TEXT, ended INTEGER, PRIMARY KEY (recovery, number)) WITHOUT ROWID"},
    // What is known of a cluster beyond its configuration file (memory.h).
    {"CREATE TABLE cluster (name TEXT PRIMARY KEY, host TEXT NOT NULL, port INTEGER NOT NULL,"
     " since INTEGER NOT NULL) WITHOUT ROWID",
     "CREATE TABLE deposed (cluster TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,"
     " since INTEGER NOT NULL, successor_host TEXT NOT NULL, successor_port INTEGER NOT NULL,"
     " by_gtid INTEGER NOT NULL, end TEXT NOT NULL, gtids TEXT NOT NULL, joins_at TEXT NOT NULL,"
     " PRIMARY KEY (cluster, host, port))"
     " WITHOUT ROWID",
     "CREATE TABLE finding (id INTEGER PRIMARY KEY AUTOINCREMENT, cluster TEXT NOT NULL, at INTEGER NOT NULL,"
     " rule TEXT NOT NULL, kind TEXT NOT NULL, sentence TEXT NOT NULL, evidence TEXT NOT NULL)",
     "CREATE INDEX finding_of ON finding (cluster, id)",
     "CREATE TABLE mark (cluster TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER,"
     " why TEXT NOT NULL, PRIMARY KEY (cluster, name)) WITHOUT ROWID"},
    // What a recovery that was interrupted is resumed with.
    {"CREATE TABLE note (recovery INTEGER NOT NULL REFERENCES recovery, about TEXT NOT NULL, name TEXT NOT NULL,"
     " text TEXT NOT NULL, PRIMARY KEY (recovery, about, name)) WITHOUT ROWID"},
    // Replicas that belong to a cluster although no file names them.
    {"CREATE TABLE adopted (cluster TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, ip TEXT NOT NULL,"
     " server_id INTEGER NOT NULL, since INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (cluster, host, port))"
     " WITHOUT ROWID"},
};
constexpr int64_t kVersion = std::size(kVersions);

Status migrate(Database& database, int64_t from) {
  for (int64_t version = from; version < kVersion; ++version) {
    for (const char* sql : kVersions[version])
      if (auto made = database.run(sql); !made) return fail(made.error());
  }
  const std::string application_id = "PRAGMA application_id = " + std::to_string(kApplicationId);
  const std::string user_version = "PRAGMA user_version = " + std::to_string(kVersion);
  for (const std::string& sql : {application_id, user_version})
    if (auto set = database.run(sql.c_str()); !set) return fail(set.error());
  return {};
}

Status prepare(Database& database) {
  // Two managers may come here at once; the second one finds the work done.
  if (auto locked = database.run("BEGIN IMMEDIATE"); !locked) return fail(locked.error());
  auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  auto application = database.number("PRAGMA application_id");
  auto version = database.number("PRAGMA user_version");
  for (const auto* read : {&tables, &application, &version})
    if (!*read) return fail(read->error());
  if (*tables > 0 && *application != kApplicationId)
    return fail(Errc::conflict, database.path() + ": a database of another program");
  if (*version > kVersion) {
    return fail(Errc::unsupported, database.path() + ": written by a later version (schema " +
                                       std::to_string(*version) + ", this one knows " +
                                       std::to_string(kVersion) + ")");
  }
  if (*version < kVersion) {
    if (auto done = migrate(database, *version); !done) return done;
  }
  if (auto done = database.run("COMMIT"); !done) return fail(done.error());
  return {};
}

}  // namespace

Result<Database> open_with_schema(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return database;
  if (auto ready = prepare(*database); !ready) return fail(ready.error());
  return database;
}

}  // namespace tanist::store

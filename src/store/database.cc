#include "store/database.h"

#include <sqlite3.h>

#include "sys/lock_file.h"

namespace tanist::store {

namespace {

constexpr int kBusyTimeoutMs = 1000;
constexpr const char* kRoomPages = "200";  // a write-ahead log of this many pages is written back and reused

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

void bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    sqlite3_bind_int64(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
}

Value column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, index));
    default: {
      const void* text = sqlite3_column_blob(statement, index);
      auto size = static_cast<size_t>(sqlite3_column_bytes(statement, index));
      return std::string(static_cast<const char*>(text), size);
    }
  }
}

Errc class_of(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT:
      return Errc::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::timeout;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    default:
      return Errc::io;
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }

tl::unexpected<Error> Database::failed(int code) const {
  std::string what = path_ + ": " + sqlite3_errmsg(handle_.get());
  if (code == SQLITE_FULL) what = path_ + ": the disk is full";
  if (code == SQLITE_BUSY) what = path_ + ": another process kept it locked for a second";
  if (class_of(code) == Errc::corrupt) what += "; move it away to begin a new one, its history is lost then";
  return fail(class_of(code), what, code);
}

Result<Database> Database::open(const std::string& path) {
  // SQLite gives the log files beside it the mode of the database file.
  if (auto made = sys::make_private_file(path); !made) return fail(made.error());
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database database(path, handle);
  if (code != SQLITE_OK) return database.failed(code);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // Kept pages must not be given back, see keep_room.
  for (const char* pragma : {"PRAGMA auto_vacuum = NONE", "PRAGMA synchronous = FULL"}) {
    if (auto set = database.run(pragma); !set) return fail(set.error());
  }
  auto mode = database.rows("PRAGMA journal_mode = WAL");
  if (!mode) return fail(mode.error());
  if (mode->empty() || mode->front().front() != Value("wal")) {
    return fail(Errc::unsupported, path + ": the file system does not support write-ahead logging");
  }
  auto checked = database.rows("PRAGMA quick_check(1)");
  if (!checked) return fail(checked.error());
  if (checked->empty() || checked->front().front() != Value("ok")) return database.failed(SQLITE_CORRUPT);
  return database;
}

Result<std::vector<Row>> Database::rows(const char* sql, const Row& values) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr);
  Statement statement(raw);
  if (code != SQLITE_OK) return failed(code);
  TANIST_CHECK(sqlite3_bind_parameter_count(raw) == static_cast<int>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) bind(raw, static_cast<int>(i) + 1, values[i]);
  std::vector<Row> result;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    Row row;
    for (int i = 0; i < sqlite3_column_count(raw); ++i) row.push_back(column(raw, i));
    result.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) return failed(code);
  return result;
}

// With a write-ahead log, NORMAL writes without waiting for the disk (https://www.sqlite.org/pragma.html#pragma_synchronous).
Result<int64_t> Database::run(const char* sql, const Row& values, OnDisk when) {
  const bool later = when == OnDisk::with_the_next;
  if (later) sqlite3_exec(handle_.get(), "PRAGMA synchronous = NORMAL", nullptr, nullptr, nullptr);
  auto done = rows(sql, values);
  const int64_t changed = sqlite3_changes64(handle_.get());
  if (later) sqlite3_exec(handle_.get(), "PRAGMA synchronous = FULL", nullptr, nullptr, nullptr);
  if (!done) return fail(done.error());
  return changed;
}

Result<int64_t> Database::number(const char* sql) {
  auto found = rows(sql);
  if (!found) return fail(found.error());
  TANIST_CHECK(found->size() == 1 && std::holds_alternative<int64_t>(found->front().front()));
  return std::get<int64_t>(found->front().front());
}

int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

Status Database::keep_room(int64_t bytes) {
  // Written once and deleted, the pages of the database file stay its own as free pages, and the write-ahead
  // log, once written back, is overwritten from its beginning without being cut.
  std::string autocheckpoint = std::string("PRAGMA wal_autocheckpoint = ") + kRoomPages;
  for (const char* sql : {autocheckpoint.c_str(), "CREATE TABLE IF NOT EXISTS room (filler BLOB)"}) {
    if (auto done = run(sql); !done) return fail(done.error().during("keep room in the journal"));
  }
  if (auto filled = run("INSERT INTO room VALUES (zeroblob(?))", {bytes}); !filled)
    return fail(filled.error());
  for (const char* sql : {"DELETE FROM room", "PRAGMA wal_checkpoint(RESTART)"}) {
    if (auto done = rows(sql); !done) return fail(done.error().during("keep room in the journal"));
  }
  return {};
}

}  // namespace tanist::store

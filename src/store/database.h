// One SQLite file, as a journal needs it: private, write-ahead logged, on the disk when a call returns, and
// with room kept for what a failover writes, because a full disk is a bad reason not to fail over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

struct sqlite3;

namespace tanist::store {

using Value = std::variant<std::monostate, int64_t, std::string>;  // NULL, INTEGER, TEXT
using Row = std::vector<Value>;

// Times are stored as microseconds.
inline int64_t microseconds(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime time_of(const Value& value) { return WallTime(WallTime::duration(std::get<int64_t>(value))); }

// When a change is on the disk: before the call returns, or at the latest together with the next one that is. After a
// power cut a later one may be missing, never one before a change that was there.
enum class OnDisk { now, with_the_next };

class Database {
 public:
  // Creates the file with mode 0600 if it is missing; refuses one that is a link, somebody else's, not a
  // database, or damaged. Another process that writes is waited for, up to a second.
  static Result<Database> open(const std::string& path);

  const std::string& path() const { return path_; }
  // A statement without rows; the number of rows it changed.
  Result<int64_t> run(const char* sql, const Row& values = {}, OnDisk when = OnDisk::now);
  Result<std::vector<Row>> rows(const char* sql, const Row& values = {});
  Result<int64_t> number(const char* sql);  // the one number that the statement gives
  int64_t last_insert_id() const;

  // Grows the files now, so that about this many bytes can be written later without new space from the disk.
  // Lasts while the database is open. Works where files are overwritten in place (not on btrfs and ZFS).
  Status keep_room(int64_t bytes);

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  tl::unexpected<Error> failed(int code) const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace tanist::store

// A binary log as values: files of events that belong to numbered transactions and have positions. Every
// server has its own log, with its own positions; the transactions in it keep their identity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gtid/coordinates.h"

namespace tanist::sim {

using gtid::LogCoordinates;

// Who committed it first, and its number there (MariaDB: in the domain); nothing: an event outside of
// transactions.
struct Txn {
  int origin = 0;
  int64_t number = 0;

  bool none() const { return number == 0; }
  auto operator<=>(const Txn&) const = default;
};

struct Event {
  uint64_t start = 0;
  uint64_t end = 0;
  Txn txn;
  int part = 0;
  int parts = 1;

  bool first() const { return part == 0; }
  bool last() const { return part == parts - 1; }
};

struct File {
  std::string name;
  std::vector<Event> events;  // the first is the format description
  uint64_t end() const { return events.back().end; }
};

class Log {
 public:
  Log(std::string base, int first_number) : base_(std::move(base)), next_number_(first_number) { rotate(); }
  Log() = default;

  void rotate();
  // `written` parts of it: fewer than all is what a killed server leaves at its end.
  void append(Txn txn, const std::vector<uint64_t>& sizes, size_t written);
  void append(Txn txn, const std::vector<uint64_t>& sizes) { append(txn, sizes, sizes.size()); }
  // A machine that was reset: the last transactions were never synced.
  void lose(int transactions);
  // Files before this one are purged.
  void purge_to(const std::string& name);
  // What a server does with its last file when it starts after a crash.
  void drop_torn_end();

  const std::vector<File>& files() const { return files_; }
  LogCoordinates end() const { return {files_.back().name, files_.back().end()}; }
  // End of the last complete transaction: what a stand-in serves.
  LogCoordinates complete_end() const;

 private:
  std::string base_;
  int next_number_ = 1;
  std::vector<File> files_;
};

// The next event to send: a place between events.
struct Cursor {
  size_t file = 0;
  size_t event = 0;
};
std::optional<Cursor> find(const std::vector<File>& files, const LogCoordinates& at);

}  // namespace tanist::sim

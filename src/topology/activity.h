// What a server's clients are doing at one moment: its process list, and which of them has a transaction
// open. Values only; filled by discovery, judged by plan.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace tanist::topology {

// Of InnoDB. A connection may have one while it sleeps, and nothing in the process list says so.
struct OpenTransaction {
  uint64_t seconds = 0;  // since it began
  uint64_t rows_modified = 0;
  uint64_t rows_locked = 0;

  bool writes() const { return rows_modified > 0 || rows_locked > 0; }
};

struct Connection {
  uint64_t id = 0;
  std::string user, host, database;
  std::string command;   // Query, Sleep, Binlog Dump, …
  uint64_t seconds = 0;  // in this state
  std::string state;
  std::string statement;  // its beginning; empty: none
  std::optional<OpenTransaction> transaction;
};

struct Activity {
  std::vector<Connection> connections;  // without the one that asked
  std::string no_transactions;          // why open transactions could not be read; empty: they were
};

using ActivityOf = std::map<ServerId, Activity>;

}  // namespace tanist::topology

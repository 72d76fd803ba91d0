// One event of a server's binary log, as the server itself tells it (SHOW BINLOG EVENTS).
#pragma once

#include <cstdint>
#include <string>

namespace tanist::topology {

struct LoggedEvent {
  std::string file;
  uint64_t position = 0;  // where it begins
  std::string type;       // in the server's words: Query, Xid, Write_rows_v1, …
  std::string info;
};

}  // namespace tanist::topology

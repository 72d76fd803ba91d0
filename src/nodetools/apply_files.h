// The apply command of apply_diff_relay_logs: differential files, joined, as SQL text into the server they
// are for.
#pragma once

#include <string>
#include <vector>

#include "nodetools/client_program.h"
#include "nodetools/mysql_client.h"
#include "nodetools/sql_text.h"

namespace tanist::nodetools {

struct ApplyRequest {
  std::vector<std::string> files;  // in the order of their events
  bool raw = true;                 // logs; else SQL text
  bool no_apply = false;           // stop when the joined file is there
  ClientPlace clients;
  MysqlLogin login;
  SqlTextOptions sql;
  std::string workdir;
  std::string target;     // host_port, for file names
  std::string timestamp;  // for file names; "0" is now for the log of errors
};

// The number of the error when the mysql client did not take everything.
inline constexpr int kClientFailed = 22;
sys::Task<Status> apply_files(NodeWorld& world, ApplyRequest request);

}  // namespace tanist::nodetools

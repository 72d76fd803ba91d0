// Logs as SQL text, made by mysqlbinlog, with its end looked at: a text that is cut short is never called
// good.
#pragma once

#include <string>

#include "base/result.h"
#include "nodetools/client_program.h"

namespace tanist::nodetools {

struct SqlTextOptions {
  bool disable_log_bin = false;
  // For servers before 5.1, which know no BINLOG statement.
  bool without_base64 = false;
};
// `server_version` is --oldest_version or --target_version.
SqlTextOptions sql_text_options(const std::string& server_version, bool disable_log_bin);

struct LogPiece {
  std::string path;
  uint64_t from = 4;
  uint64_t to = 0;  // 0: to the end of the file
};

// Writes the text of a piece to a file that must not exist.
sys::Task<Status> write_sql_text(NodeWorld& world, ClientProgram mysqlbinlog, SqlTextOptions options,
                                 LogPiece piece, std::string to_path);

}  // namespace tanist::nodetools

// Text mode: an extract of logs as the SQL text that mysqlbinlog makes of it, file by file.
#pragma once

#include <string>

#include "nodetools/client_program.h"
#include "nodetools/log_extract.h"
#include "nodetools/sql_text.h"

namespace tanist::nodetools {

struct TextSave {
  ClientPlace clients;
  SqlTextOptions sql;
  bool filter = true;
  std::string output;
};

// The size of the file, which appears only when it is complete. Damage in the extract is the caller's to
// refuse.
sys::Task<Result<uint64_t>> save_as_text(NodeWorld& world, const LogExtract& extract, TextSave how);

}  // namespace tanist::nodetools

// The filter that MHA puts behind mysqlbinlog in text mode. mysqlbinlog adds a ROLLBACK where a log begins or
// ends; when the texts of several logs are joined, that would undo a transaction which goes on in the next
// one.
#pragma once

#include <istream>
#include <ostream>
#include <span>
#include <string>

#include "base/result.h"

namespace tanist::nodetools {

enum class FilterStart {
  with_format,  // MHA's command: the ROLLBACK and the BINLOG statement with the format description behind it
                // go
  rollback_only,  // the format description stays, which row events cannot be applied without
};

// Errc::corrupt if the text ends right behind the line that announces an event or the end of the log.
Status filter_sql_text(std::istream& in, std::ostream& out, FilterStart start);

int filter_mysqlbinlog(std::span<const std::string> args, std::istream& in, std::ostream& out,
                       std::ostream& err);

}  // namespace tanist::nodetools

// The log as people find it: appended to a file that is opened anew for each record, so that logrotate needs no
// signal; or written to stderr when no file is configured or the file cannot be written.
#pragma once

#include <string>

#include "sys/clock.h"
#include "sys/files.h"
#include "sys/log.h"

namespace tanist::sys {

// One record with its newline; local time, as ctime writes it.
std::string log_record(WallTime time, Level level, std::string_view text, const Log::Where& where);

class LogFile : public Log {
 public:
  // An empty path means stderr. Records below `least` are dropped.
  LogFile(const Clock& clock, Files& files, std::string path, Level least = Level::info);

  void write(Level level, std::string_view text, Where where = Where::current()) override;
  void raw(std::string_view text) override;

 private:
  const Clock& clock_;
  Files& files_;
  std::string path_;
  Level least_;
};

}  // namespace tanist::sys

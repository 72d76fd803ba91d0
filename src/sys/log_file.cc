#include "sys/log_file.h"

#include <cstdio>
#include <ctime>
#include <utility>

namespace tanist::sys {

namespace {
void to_stderr(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }
}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::notice: return "notice";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "info";
}

std::string log_record(WallTime time, Level level, std::string_view text, const Log::Where& where) {
  std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char stamp[64];
  size_t length = std::strftime(stamp, sizeof stamp, "%a %b %e %H:%M:%S %Y", &local);

  std::string record(stamp, length);
  record.append(" - [").append(to_string(level)).append("]");
  if (level == Level::error) {
    std::string_view file = where.file_name();
    file.remove_prefix(file.rfind('/') + 1);
    record.append("[").append(file).append(", ln").append(std::to_string(where.line())).append("]");
  }
  return record.append(" ").append(text).append("\n");
}

LogFile::LogFile(const Clock& clock, Files& files, std::string path, Level least)
    : clock_(clock), files_(files), path_(std::move(path)), least_(least) {}

void LogFile::write(Level level, std::string_view text, Where where) {
  if (level >= least_) raw(log_record(clock_.wall_now(), level, text, where));
}

void LogFile::raw(std::string_view text) {
  if (path_.empty()) return to_stderr(text);
  // A full disk must not silence the failover that it may have caused.
  if (auto written = files_.append(path_, text); !written) {
    to_stderr(written.error().what + "\n");
    to_stderr(text);
  }
}

}  // namespace tanist::sys

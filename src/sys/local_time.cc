#include "sys/local_time.h"

#include <ctime>

namespace tanist::sys {

namespace {

std::string formatted(WallTime time, const char* format) {
  std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, format, &local));
}

}  // namespace

std::string local_stamp(WallTime time) { return formatted(time, "%Y%m%d%H%M%S"); }
std::string readable_local_time(WallTime time) { return formatted(time, "%Y-%m-%d %H:%M:%S"); }

std::string utc(WallTime time) {
  const std::time_t whole = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

}  // namespace tanist::sys

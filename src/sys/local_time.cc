#include "sys/local_time.h"

#include <ctime>

namespace tanist::sys {

std::string local_stamp(WallTime time) {
  std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char stamp[32];
  return std::string(stamp, std::strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &local));
}

}  // namespace tanist::sys

#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

namespace tanist::daemon {

namespace {
void tell(const std::string& state) { sd_notify(0, state.c_str()); }
}  // namespace

Systemd::Systemd() {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) patience_ = std::chrono::microseconds(microseconds);
}

void Systemd::ready() { tell("READY=1"); }

void Systemd::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Systemd::stopping() { tell("STOPPING=1"); }
void Systemd::alive() { tell("WATCHDOG=1"); }
void Systemd::say(const std::string& status) { tell("STATUS=" + status.substr(0, status.find('\n'))); }

}  // namespace tanist::daemon

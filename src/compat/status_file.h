// APP.master_status.health in the manager's work directory: one line that says who the manager is and how it
// goes,
//   PID TAB n:STATE [TAB master:HOST]
// It is rewritten when the state changes and touched on every good ping, so that its age says whether the
// manager lives. MHA truncates it in place, where a reader can meet it empty; here it is replaced in one
// step.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/files.h"

namespace tanist::compat {

// The number is the exit code of masterha_check_status.
enum class ManagerState {
  ping_ok = 0,
  not_running = 2,        // never in the file: there is none, or its writer is gone
  partially_running = 3,  // never in the file: the writer is gone, but not all that it started
  initializing_monitor = 10,
  ping_failing = 20,
  ping_failed = 21,
  retrying_monitor = 30,
  config_error = 31,
  timestamp_old = 32,  // never in the file: ping_ok, but too long ago
  failover_running = 50,
  failover_error = 51,
};

std::string token(ManagerState state);  // "0:PING_OK"
std::optional<ManagerState> parse_token(std::string_view text);

struct Health {
  int pid = 0;
  ManagerState state{};
  std::string primary;  // hostname; empty before the first good ping

  std::string text() const;
  bool operator==(const Health&) const = default;
};
Result<Health> parse_health(std::string_view text);

std::string health_path(const std::string& work_dir, const std::string& app);

// The manager's hand on its own file.
class StatusFile {
 public:
  StatusFile(sys::Files& files, std::string path, int pid)
      : files_(files), path_(std::move(path)), pid_(pid) {}

  const std::string& path() const { return path_; }
  Status write(ManagerState state, const std::string& primary = "");
  // A good ping after a good ping: only the time moves; a file that somebody removed comes back.
  Status touch();
  Status remove();

 private:
  sys::Files& files_;
  std::string path_;
  int pid_;
  std::string last_written_;
};

// Whatever happens to a command, its health file does not outlive it (reference 4.3).
class HealthGuard {
 public:
  explicit HealthGuard(StatusFile& file) : file_(file) {}
  ~HealthGuard() { static_cast<void>(file_.remove()); }
  HealthGuard(const HealthGuard&) = delete;

 private:
  StatusFile& file_;
};

}  // namespace tanist::compat

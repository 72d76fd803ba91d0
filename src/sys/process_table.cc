#include "sys/process_table.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace tanist::sys {

namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// When the machine came up, in the wall clock of now: the kernel moves it along with the clock.
std::chrono::seconds boot_time() {
  std::string stat = slurp("/proc/stat");
  size_t at = stat.find("\nbtime ");
  if (at == std::string::npos) return {};
  std::string_view rest = std::string_view(stat).substr(at + 7);
  return std::chrono::seconds(parse_uint(rest.substr(0, rest.find('\n'))).value_or(0));
}

// The name may hold anything, blanks and brackets too, so fields are counted from the last ')': state is the
// first.
std::vector<std::string> stat_fields(int pid) {
  std::string stat = slurp("/proc/" + std::to_string(pid) + "/stat");
  size_t end = stat.rfind(") ");
  return end == std::string::npos ? std::vector<std::string>{} : split(trim(stat.substr(end + 2)), ' ');
}
constexpr size_t kState = 0, kGroup = 2, kStarted = 19;

bool ended(const std::vector<std::string>& fields) {
  return fields.size() <= kStarted || fields[kState] == "Z" || fields[kState] == "X";
}

Status send(int target, int signal, const std::string& whom) {
  if (::kill(target, signal) == 0) return {};
  Errc code = errno == ESRCH ? Errc::not_found : errno == EPERM ? Errc::refused : Errc::io;
  return fail(code, "signal " + whom + ": " + std::strerror(errno), errno);
}

}  // namespace

std::optional<ProcessFacts> PosixProcessTable::find(int pid) {
  if (pid <= 0 || (::kill(pid, 0) != 0 && errno == ESRCH)) return std::nullopt;
  std::vector<std::string> fields = stat_fields(pid);
  if (fields.empty()) {
    // There, but hidden from us (hidepid). What is left to know is enough not to call it gone.
    pid_t group = ::getpgid(pid);
    return ProcessFacts{pid, group > 0 ? group : pid, {}};
  }
  if (ended(fields)) return std::nullopt;
  auto ticks = parse_uint(fields[kStarted]).value_or(0);
  auto per_second = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  auto since_boot = std::chrono::milliseconds(ticks * 1000 / per_second);
  return ProcessFacts{pid, static_cast<int>(parse_uint(fields[kGroup]).value_or(0)),
                      WallTime(boot_time() + since_boot)};
}

std::vector<int> PosixProcessTable::group_members(int group) {
  std::vector<int> members;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::optional<uint64_t> pid = parse_uint(entry.path().filename().string());
    if (!pid) continue;
    std::vector<std::string> fields = stat_fields(static_cast<int>(*pid));
    if (ended(fields) || fields[kGroup] != std::to_string(group)) continue;
    members.push_back(static_cast<int>(*pid));
  }
  std::sort(members.begin(), members.end());
  return members;
}

Status PosixProcessTable::signal_process(int pid, int signal) {
  if (pid <= 0) return fail(Errc::invalid, "no process has the number " + std::to_string(pid));
  return send(pid, signal, "process " + std::to_string(pid));
}

// Group 1 as a target would be kill(-1): everybody.
Status PosixProcessTable::signal_group(int group, int signal) {
  if (group <= 1) return fail(Errc::invalid, "process group " + std::to_string(group) + " is not signalled");
  return send(-group, signal, "process group " + std::to_string(group));
}

}  // namespace tanist::sys

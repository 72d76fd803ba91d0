#include "nodetools/kept_logs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

#include "gtid/coordinates.h"
#include "sys/os_error.h"

namespace tanist::nodetools {

namespace {

constexpr off_t kStep = off_t{64} << 20;
constexpr std::chrono::milliseconds kBetweenSteps{20};

sys::UniqueFd open_log(const std::string& path) {
  // Without the right to write it is freed at once.
  sys::UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  return fd ? std::move(fd) : sys::UniqueFd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Status make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return sys::os_failure("make directory", path, errno);
  sys::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat there {};
  if (!fd || ::fstat(fd.get(), &there) != 0) return sys::os_failure("open directory", path, errno);
  if (there.st_uid == ::geteuid() && (there.st_mode & 077) == 0) return {};
  return fail(Errc::refused, path + " is not a directory of ours alone");
}

Result<size_t> KeptLogs::take_leftovers() {
  if (directory_.empty()) return size_t{0};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    std::string path = entry.path();
    if (!gtid::LogName::parse(name_of(path))) continue;
    sys::UniqueFd fd = open_log(path);
    if (!fd) return sys::os_failure("open", path, errno);
    logs_.push_back({std::move(fd), path});
  }
  if (error) return fail(Errc::io, "read directory " + directory_ + ": " + error.message());
  return logs_.size();
}

Status KeptLogs::keep(const std::string& path) {
  Kept log{open_log(path), ""};
  if (!log.fd) return errno == ENOENT ? Status{} : sys::os_failure("open", path, errno);
  if (!directory_.empty() && note_.empty()) {
    log.link = directory_ + "/" + name_of(path);
    bool linked = ::link(path.c_str(), log.link.c_str()) == 0;
    // There already: a leftover, which is in the list.
    bool taken = !linked && errno == EEXIST;
    if (!linked && !taken)
      note_ = "no hard links in " + directory_ + " (" + sys::os_error("link", path, errno).what + ")";
    if (!linked) log.link.clear();
  }
  logs_.push_back(std::move(log));
  return {};
}

sys::Task<bool> KeptLogs::release_one(sys::Clock& clock, Kept log) {
  struct stat now {};
  nlink_t ours = log.link.empty() ? 0 : 1;
  bool free = ::fstat(log.fd.get(), &now) == 0 && S_ISREG(now.st_mode) && now.st_nlink == ours;
  off_t size = free ? now.st_size : 0;
  while (size > kStep) {
    size -= kStep;
    if (::ftruncate(log.fd.get(), size) != 0) break;
    co_await sys::sleep_for(clock, kBetweenSteps);
  }
  if (!log.link.empty()) ::unlink(log.link.c_str());
  co_return free;
}

sys::Task<size_t> KeptLogs::release(sys::Clock& clock) {
  size_t freed = 0;
  while (!logs_.empty()) {
    Kept log = std::move(logs_.back());
    logs_.pop_back();
    bool was_freed = co_await release_one(clock, std::move(log));
    if (was_freed) ++freed;
  }
  co_return freed;
}

}  // namespace tanist::nodetools

#include "sys/posix_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "sys/os_error.h"
#include "sys/unique_fd.h"

namespace tanist::sys {

namespace {

// Errno of a failed call on `path`, taken at once.
tl::unexpected<Error> failed(std::string_view doing, const std::string& path) { return os_failure(doing, path, errno); }

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// A configuration file may be a symbolic link; what it points to is replaced, not the link. But state files live in
// directories like /var/tmp, where anybody can put a link under a name that is known beforehand: a link of somebody
// else's is not followed, it is replaced.
std::string behind_links(const std::string& path) {
  struct stat link{};
  if (::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode) && link.st_uid != 0 && link.st_uid != ::geteuid()) {
    return path;
  }
  std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

std::string directory_of(const std::string& path) {
  std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

// The rename itself must survive a power cut, not only the bytes.
Status sync_directory(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return failed("sync directory", directory);
  return {};
}

struct Identity {
  unsigned mode;
  uid_t owner;
  gid_t group;
};

// Written beside the target under a name of our own, readable by nobody else until it is complete.
Status write_beside(const std::string& beside, int raw_fd, std::string_view content, const Identity& identity) {
  UniqueFd fd(raw_fd);
  auto written = write_all(fd.get(), content, beside);
  if (!written) return written;
  bool foreign = identity.owner != ::geteuid() || identity.group != ::getegid();
  if (foreign && ::fchown(fd.get(), identity.owner, identity.group) != 0 && errno != EPERM) {
    return failed("set the owner of", beside);
  }
  if (::fchmod(fd.get(), identity.mode) != 0) return failed("set the mode of", beside);
  if (::fsync(fd.get()) != 0) return failed("sync", beside);
  return {};
}

}  // namespace

Result<std::string> PosixFiles::read(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed("open", path);
  std::string content;
  char block[65536];
  for (;;) {
    ssize_t count = ::read(fd.get(), block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path);
    if (count == 0) return content;
    content.append(block, static_cast<size_t>(count));
  }
}

Status PosixFiles::replace(const std::string& path, std::string_view content, unsigned mode) {
  std::string target = behind_links(path);
  Identity identity{mode, ::geteuid(), ::getegid()};
  struct stat old{};
  if (::lstat(target.c_str(), &old) == 0 && !S_ISLNK(old.st_mode)) {
    identity = {old.st_mode & 07777, old.st_uid, old.st_gid};
  }

  std::string beside = target + ".XXXXXX";
  int fd = ::mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return failed("create a file beside", target);
  auto done = write_beside(beside, fd, content, identity);
  if (done && ::rename(beside.c_str(), target.c_str()) != 0) done = failed("replace", target);
  if (!done) {
    ::unlink(beside.c_str());
    return done;
  }
  return sync_directory(directory_of(target));
}

Status PosixFiles::append(const std::string& path, std::string_view content, unsigned mode) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode));
  if (!fd) return failed("open", path);
  return write_all(fd.get(), content, path);
}

Status PosixFiles::touch(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return failed("create", path);
  if (::futimens(fd.get(), nullptr) != 0) return failed("set the time of", path);
  return {};
}

Status PosixFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename to", to);
  return sync_directory(directory_of(to));
}

Status PosixFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("remove", path);
  return {};
}

Status PosixFiles::make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return os_failure("create directory", path, error.value());
  return {};
}

Result<FileFacts> PosixFiles::facts(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return failed("look at", path);
  FileFacts facts;
  facts.size = static_cast<uint64_t>(found.st_size);
  facts.modified = WallTime(std::chrono::duration_cast<WallTime::duration>(
      std::chrono::seconds(found.st_mtim.tv_sec) + std::chrono::nanoseconds(found.st_mtim.tv_nsec)));
  facts.mode = found.st_mode & 07777;
  facts.is_directory = S_ISDIR(found.st_mode);
  facts.identity = {found.st_dev, found.st_ino};
  return facts;
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return os_failure("list directory", directory, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tanist::sys

#include "sys/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"
#include "sys/os_error.h"

namespace tanist::sys {

namespace {

Status ours_alone(const struct stat& found, const std::string& path) {
  if (S_ISLNK(found.st_mode)) return fail(Errc::refused, path + " is a symbolic link");
  if (!S_ISREG(found.st_mode)) return fail(Errc::refused, path + " is not a regular file");
  if (found.st_uid != ::geteuid())
    return fail(Errc::refused, path + " belongs to another user (uid " + std::to_string(found.st_uid) + ")");
  return {};
}

Result<UniqueFd> open_private(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!fd && errno == ELOOP) return fail(Errc::refused, path + " is a symbolic link");
  if (!fd) return os_failure("open", path, errno);
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return os_failure("look at", path, errno);
  Status ours = ours_alone(found, path);
  if (!ours) return fail(ours.error());
  if ((found.st_mode & 0077) != 0 && ::fchmod(fd.get(), 0600) != 0)
    return os_failure("set the mode of", path, errno);
  return fd;
}

// Whether the name still leads to the open file.
bool is_same_file(int fd, const std::string& path) {
  struct stat opened {
  }, named{};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

std::string holder(int fd) {
  char text[32];
  ssize_t size = ::pread(fd, text, sizeof text, 0);
  std::string pid(trim(std::string_view(text, size > 0 ? static_cast<size_t>(size) : 0)));
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

// Never opens what is there: to close it would drop every POSIX lock that this process has on it, and SQLite's are such.
Status make_private_file(const std::string& path) {
  UniqueFd made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (made) return {};
  if (errno != EEXIST) return os_failure("create", path, errno);
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return os_failure("look at", path, errno);
  Status ours = ours_alone(found, path);
  if (!ours) return ours;
  if ((found.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0600) != 0) return os_failure("set the mode of", path, errno);
  return {};
}

Result<LockFile> LockFile::acquire(const std::string& path) {
  // The one who held it may remove the file between our open and our lock: then what we locked is nobody's
  // file any more, and we begin again. Each turn means that somebody else let it go, so few are enough.
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto fd = open_private(path);
    if (!fd) return fail(fd.error());
    if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return os_failure("lock", path, errno);
      return fail(Errc::conflict, path + " is held by " + holder(fd->get()));
    }
    if (!is_same_file(fd->get(), path)) continue;
    std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd->get(), 0) != 0 || ::pwrite(fd->get(), pid.data(), pid.size(), 0) < 0) {
      return os_failure("write", path, errno);
    }
    return LockFile(path, std::move(*fd));
  }
  return fail(Errc::conflict, path + " changes hands all the time");
}

LockFile::~LockFile() {
  if (fd_ && is_same_file(fd_.get(), path_)) ::unlink(path_.c_str());
}

Status LockFile::still_ours() const {
  if (is_same_file(fd_.get(), path_)) return {};
  return fail(Errc::conflict, path_ + " was removed or replaced while we held it");
}

}  // namespace tanist::sys

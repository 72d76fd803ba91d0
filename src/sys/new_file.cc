#include "sys/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "sys/os_error.h"

namespace tanist::sys {

Result<NewFile> NewFile::create(const std::string& path) {
  // What a rename would replace or refuse only at the end is told now.
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode))
    return fail(Errc::invalid, path + " is not a regular file");
  NewFile file;
  file.path_ = path;
  file.beside_ = path + ".XXXXXX";
  file.fd_ = UniqueFd(::mkostemp(file.beside_.data(), O_CLOEXEC));  // mode 0600, and never an existing file
  if (file.fd_) return file;
  int number = errno;
  file.beside_.clear();
  return os_failure("create a file beside", path, number);
}

NewFile::~NewFile() {
  if (fd_ && !beside_.empty()) ::unlink(beside_.c_str());
}

Status NewFile::write(Bytes bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_failure("write", beside_, errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
    size_ += static_cast<uint64_t>(written);
  }
  return {};
}

Status NewFile::finish() {
  if (::fsync(fd_.get()) != 0) return os_failure("sync", beside_, errno);
  if (::rename(beside_.c_str(), path_.c_str()) != 0) return os_failure("rename to", path_, errno);
  beside_.clear();
  size_t slash = path_.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  UniqueFd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) return os_failure("sync directory", directory, errno);
  return {};
}

}  // namespace tanist::sys

// Files that must be ours alone in directories that everybody may write to (manager_workdir is /var/tmp by
// default).
#pragma once

#include <string>

#include "base/result.h"
#include "sys/unique_fd.h"

namespace tanist::sys {

// Makes sure that `path` is a regular file of ours that nobody else can read: created empty with mode 0600,
// or, if it is there, taken from group and others. Errc::refused for a link and for a file of somebody else. A lock
// that this process has on it stays.
Status make_private_file(const std::string& path);

// A file with our process id in it, locked as long as this object lives, removed with it. The lock is the
// kernel's: it ends with the process, however that ends.
class LockFile {
 public:
  // Errc::conflict, naming the process that holds it.
  static Result<LockFile> acquire(const std::string& path);

  LockFile(LockFile&&) noexcept = default;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

  // Errc::conflict when the file was removed or replaced under us: then another process can hold the lock as
  // well.
  Status still_ours() const;

 private:
  LockFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
};

}  // namespace tanist::sys

// A directory with a name that nobody can guess, mode 0700, removed with all that is in it at our end.
#pragma once

#include <string>

#include "base/result.h"

namespace tanist::sys {

class TemporaryDirectory {
 public:
  // `parent` must exist; the name begins with `prefix`.
  static Result<TemporaryDirectory> make(const std::string& parent, const std::string& prefix);

  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace tanist::sys

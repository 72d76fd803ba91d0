// A file written piece by piece that appears under its name only when it is complete and on the disk: a
// temporary file beside it, fsync, rename. Given up before finish(), it leaves nothing behind.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "sys/unique_fd.h"

namespace tanist::sys {

class NewFile {
 public:
  // Only the owner may read it. A symbolic link of that name is replaced, never followed.
  static Result<NewFile> create(const std::string& path);

  NewFile(NewFile&&) noexcept = default;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  Status write(Bytes bytes);
  uint64_t size() const { return size_; }
  Status finish();

 private:
  NewFile() = default;

  std::string path_, beside_;
  UniqueFd fd_;
  uint64_t size_ = 0;
};

}  // namespace tanist::sys

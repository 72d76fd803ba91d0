// A file mapped read-only at the size it had when opened. The map outlives removal and renaming of the file;
// what is appended later is not seen. A file that is truncated in place while mapped kills the process that
// reads the lost part (SIGBUS): map only files that are closed, appended to, or replaced, as logs are.
#pragma once

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace tanist::sys {

class MappedFile {
 public:
  // Regular files only. Errc::not_found if it does not exist.
  static Result<MappedFile> open(const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept { swap(other); }
  MappedFile& operator=(MappedFile&& other) noexcept {
    MappedFile(std::move(other)).swap(*this);
    return *this;
  }
  ~MappedFile();

  const std::string& path() const { return path_; }
  Bytes bytes() const { return {static_cast<const uint8_t*>(start_), size_}; }
  uint64_t size() const { return size_; }

 private:
  void swap(MappedFile& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
  }

  std::string path_;
  void* start_ = nullptr;
  size_t size_ = 0;
};

}  // namespace tanist::sys

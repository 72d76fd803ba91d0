// The file system as this project uses it. Paths are absolute or relative to the process; every error names the path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tanist::sys {

struct FileFacts {
  uint64_t size = 0;
  WallTime modified;
  unsigned mode = 0;
  bool is_directory = false;
  std::pair<uint64_t, uint64_t> identity = {};  // two paths with the same are one file; zeros: not known
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::string> read(const std::string& path) = 0;
  // The reader sees the old content or the new one, never half of it: temporary file beside it, fsync, rename.
  // An existing file keeps its mode and owner; a new one gets `mode`.
  virtual Status replace(const std::string& path, std::string_view content, unsigned mode = 0644) = 0;
  virtual Status append(const std::string& path, std::string_view content, unsigned mode = 0644) = 0;
  virtual Status touch(const std::string& path) = 0;                     // creates it empty if missing
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`; survives a power cut
  virtual Status remove(const std::string& path) = 0;                    // a missing file is not an error
  virtual Status make_directories(const std::string& path) = 0;
  virtual Result<FileFacts> facts(const std::string& path) = 0;          // Errc::not_found if it does not exist
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
};

}  // namespace tanist::sys

// The real file system.
#pragma once

#include "sys/files.h"

namespace tanist::sys {

class PosixFiles : public Files {
 public:
  Result<std::string> read(const std::string& path) override;
  Status replace(const std::string& path, std::string_view content, unsigned mode = 0644) override;
  Status append(const std::string& path, std::string_view content, unsigned mode = 0644) override;
  Status touch(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Result<FileFacts> facts(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
};

}  // namespace tanist::sys

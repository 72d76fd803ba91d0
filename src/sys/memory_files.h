// Files in memory, for unit tests and the simulated world: same promises as the real ones, and paths can be told to
// fail (a full disk, a missing permission). A parent directory need not be made first, but list() knows only what is
// there.
#pragma once

#include <map>
#include <set>

#include "sys/clock.h"
#include "sys/files.h"

namespace tanist::sys {

class MemoryFiles : public Files {
 public:
  explicit MemoryFiles(const Clock& clock) : clock_(clock) {}

  Result<std::string> read(const std::string& path) override;
  Status replace(const std::string& path, std::string_view content, unsigned mode = 0644) override;
  Status append(const std::string& path, std::string_view content, unsigned mode = 0644) override;
  Status touch(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Result<FileFacts> facts(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;

  // Every write below this path fails until it is healed.
  void break_writes(const std::string& prefix) { broken_.insert(prefix); }
  void heal() { broken_.clear(); }
  bool has(const std::string& path) const { return entries_.contains(path); }

 private:
  struct Entry {
    std::string content;
    FileFacts facts;
  };
  Result<Entry*> writable(const std::string& path, unsigned mode);

  const Clock& clock_;
  std::map<std::string, Entry> entries_;
  std::set<std::string> broken_;
};

}  // namespace tanist::sys

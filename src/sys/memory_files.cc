#include "sys/memory_files.h"

#include <cerrno>

#include "sys/os_error.h"

namespace tanist::sys {

Result<MemoryFiles::Entry*> MemoryFiles::writable(const std::string& path, unsigned mode) {
  for (const std::string& prefix : broken_) {
    if (path.starts_with(prefix)) return os_failure("write", path, ENOSPC);
  }
  auto [found, is_new] = entries_.try_emplace(path);
  FileFacts& facts = found->second.facts;
  if (facts.is_directory) return os_failure("open", path, EISDIR);
  if (is_new) facts.mode = mode;
  facts.modified = clock_.wall_now();
  return &found->second;
}

Result<std::string> MemoryFiles::read(const std::string& path) {
  auto found = entries_.find(path);
  if (found == entries_.end()) return os_failure("open", path, ENOENT);
  if (found->second.facts.is_directory) return os_failure("read", path, EISDIR);
  return found->second.content;
}

Status MemoryFiles::replace(const std::string& path, std::string_view content, unsigned mode) {
  auto entry = writable(path, mode);
  if (!entry) return fail(entry.error());
  (*entry)->content = content;
  (*entry)->facts.size = content.size();
  return {};
}

Status MemoryFiles::append(const std::string& path, std::string_view content, unsigned mode) {
  auto entry = writable(path, mode);
  if (!entry) return fail(entry.error());
  (*entry)->content += content;
  (*entry)->facts.size = (*entry)->content.size();
  return {};
}

Status MemoryFiles::touch(const std::string& path) { return append(path, "", 0644); }

Status MemoryFiles::rename(const std::string& from, const std::string& to) {
  auto found = entries_.find(from);
  if (found == entries_.end()) return os_failure("rename to", to, ENOENT);
  Entry moved = found->second;
  auto entry = writable(to, moved.facts.mode);
  if (!entry) return fail(entry.error());
  **entry = std::move(moved);
  entries_.erase(from);
  return {};
}

Status MemoryFiles::remove(const std::string& path) {
  entries_.erase(path);
  return {};
}

Status MemoryFiles::make_directories(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    Entry& entry = entries_[path.substr(0, slash)];
    entry.facts = {0, clock_.wall_now(), 0755, true};
    if (slash == std::string::npos) return {};
  }
}

Result<FileFacts> MemoryFiles::facts(const std::string& path) {
  auto found = entries_.find(path);
  if (found == entries_.end()) return os_failure("look at", path, ENOENT);
  return found->second.facts;
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& directory) {
  std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  std::set<std::string> names;
  for (const auto& [path, entry] : entries_) {
    if (path.starts_with(prefix) && path.size() > prefix.size()) {
      names.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
    }
  }
  auto self = entries_.find(directory);
  bool exists = self != entries_.end() && self->second.facts.is_directory;
  if (names.empty() && !exists) return os_failure("list directory", directory, ENOENT);
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace tanist::sys

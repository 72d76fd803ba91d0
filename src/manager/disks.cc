#include "manager/disks.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::manager {

namespace {

// Blocks free for others than root, their size, all blocks, and the options it is mounted with. A file system that the
// kernel has made read-only after an error says so there.
constexpr const char* kDisks =
    R"SH(for d; do echo "$(stat -L -f -c '%a %S %b' "$d") $(findmnt -n -o OPTIONS -T "$d" 2>/dev/null | head -n 1)"; done)SH";

}  // namespace

std::vector<std::string> folders_of(const topology::ServerState& state) {
  std::vector<std::string> folders;
  if (!state.datadir.empty()) folders.push_back(state.datadir);
  const size_t slash = state.log_bin_basename.rfind('/');
  if (slash == std::string::npos) return folders;
  const std::string logs = state.log_bin_basename.substr(0, slash + 1);
  if (std::find(folders.begin(), folders.end(), logs) == folders.end()) folders.push_back(logs);
  return folders;
}

std::vector<std::string> disk_command(const std::vector<std::string>& folders) {
  std::vector<std::string> argv{"bash", "-c", kDisks, "tanist-disks"};
  argv.insert(argv.end(), folders.begin(), folders.end());
  return argv;
}

std::vector<detect::Disk> read_disks(const std::vector<std::string>& folders, const std::string& output) {
  std::vector<detect::Disk> disks;
  const std::vector<std::string> lines = split(output, '\n');
  for (size_t i = 0; i < folders.size() && i < lines.size(); ++i) {
    const std::vector<std::string> words = split(lines[i], ' ');
    if (words.size() < 3) continue;
    const auto free = parse_uint(words[0]), size = parse_uint(words[1]), all = parse_uint(words[2]);
    if (!free || !size || !all || *size == 0 || *all == 0) continue;
    const auto options = split(words.size() > 3 ? words[3] : "", ',');
    const bool read_only = std::find(options.begin(), options.end(), "ro") != options.end();
    disks.push_back({folders[i], *free * *size, *all * *size, read_only});
  }
  return disks;
}

}  // namespace tanist::manager

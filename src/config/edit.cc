#include "config/edit.h"

#include "sys/local_time.h"

namespace tanist::config {

namespace {

// A file that is edited twice within a second has two backups: the older one is never written over.
Result<std::string> keep_beside(sys::Files& files, const std::string& path, const std::string& text) {
  Result<sys::FileFacts> facts = files.facts(path);
  if (!facts) return fail(facts.error());
  const std::string stem = path + "." + sys::local_stamp(facts->modified);
  for (int number = 1;; ++number) {
    std::string backup = stem + (number == 1 ? "" : "." + std::to_string(number)) + ".bak";
    Result<std::string> there = files.read(backup);
    if (there && *there == text) return backup;
    if (there) continue;
    if (there.error().code != Errc::not_found) return fail(there.error());
    Status kept = files.replace(backup, text, facts->mode & 07777);
    if (!kept) return fail(kept.error());
    return backup;
  }
}

template <class Edit>
Result<std::string> edit_file(sys::Files& files, const std::string& path, Edit edit) {
  Result<std::string> before = files.read(path);
  if (!before) return fail(before.error());
  Result<std::string> after = edit(*before);
  if (!after) return fail(after.error().during(path));
  Result<std::string> backup = keep_beside(files, path, *before);
  if (!backup) return backup;
  Status replaced = files.replace(path, *after);
  if (!replaced) return fail(replaced.error());
  return backup;
}

}  // namespace

Result<std::string> remove_section_from_file(sys::Files& files, const std::string& path, const std::string& section) {
  return edit_file(files, path, [&](const std::string& text) { return remove_section(text, section); });
}

Result<std::string> add_section_to_file(sys::Files& files, const std::string& path, const std::string& section,
                                        const std::vector<Setting>& settings) {
  return edit_file(files, path, [&](const std::string& text) { return add_section(text, section, settings); });
}

}  // namespace tanist::config

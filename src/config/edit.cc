#include "config/edit.h"

#include "config/ini.h"

namespace tanist::config {

Status remove_section_from_file(sys::Files& files, const std::string& path, const std::string& section) {
  Result<std::string> text = files.read(path);
  if (!text) return fail(text.error());
  Result<std::string> shorter = remove_section(*text, section);
  if (!shorter) return fail(shorter.error().during(path));
  return files.replace(path, *shorter);
}

}  // namespace tanist::config

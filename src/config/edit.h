// Changes to configuration files on disk: read, edit as text, kept under another name, replaced in one step. Comments,
// order and every other byte stay; the file keeps its mode and owner; a reader never sees half of it. What was there
// before stays beside it as FILE.STAMP.bak, with the time it was last changed in its name.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/ini.h"
#include "sys/files.h"

namespace tanist::config {

// Both return the path of the backup. Errors name the file, and nothing was changed.
//
// Errc::not_found if the section is not there (any more).
Result<std::string> remove_section_from_file(sys::Files& files, const std::string& path, const std::string& section);
// Errc::conflict if it is there already.
Result<std::string> add_section_to_file(sys::Files& files, const std::string& path, const std::string& section,
                                        const std::vector<Setting>& settings);

}  // namespace tanist::config

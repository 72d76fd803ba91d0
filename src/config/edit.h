// Changes to configuration files on disk: read, edit as text, replace in one step.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/files.h"

namespace tanist::config {

// For --remove_dead_master_conf. The file keeps its mode and owner; a reader never sees half of it.
// Errc::not_found if the section is not there (any more).
Status remove_section_from_file(sys::Files& files, const std::string& path, const std::string& section);

}  // namespace tanist::config

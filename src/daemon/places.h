// Where the configuration files of clusters are: each file that is named, and every *.cnf of a directory that is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sys/files.h"

namespace tanist::daemon {

// Those of a `tanist run` that is told none.
const std::vector<std::string>& default_places();

// A directory's by name.
Result<std::vector<std::string>> files_at(sys::Files& files, const std::string& place);

}  // namespace tanist::daemon

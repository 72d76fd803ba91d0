// The tables of `tanist.sqlite`, and how a file of an older version becomes one of this version: each version
// adds to the one before, and what is in the file stays.
#pragma once

#include "store/database.h"

namespace tanist::store {

// The file with all its tables. Errc::conflict for another program's database, Errc::unsupported for one
// written by a later version: neither is touched.
Result<Database> open_with_schema(const std::string& path);

}  // namespace tanist::store

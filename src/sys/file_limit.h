// How many files this process may have open at once.
#pragma once

#include <cstddef>

namespace tanist::sys {

// As many as it may allow itself (the hard limit of RLIMIT_NOFILE); what it is then.
size_t raise_file_limit();

}  // namespace tanist::sys

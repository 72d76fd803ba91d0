// An errno as an Error: "open /etc/tanist.cnf: Permission denied".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tanist::sys {

Error os_error(std::string_view doing, std::string_view what, int number);
inline tl::unexpected<Error> os_failure(std::string_view doing, std::string_view what, int number) {
  return fail(os_error(doing, what, number));
}

}  // namespace tanist::sys

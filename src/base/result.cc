#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace tanist {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid: return "invalid";
    case Errc::not_found: return "not found";
    case Errc::unreachable: return "unreachable";
    case Errc::refused: return "refused";
    case Errc::timeout: return "timeout";
    case Errc::corrupt: return "corrupt";
    case Errc::unsupported: return "unsupported";
    case Errc::conflict: return "conflict";
    case Errc::io: return "i/o";
    case Errc::cancelled: return "cancelled";
    case Errc::internal: return "internal";
  }
  return "unknown";
}

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "tanist: broken promise: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace tanist

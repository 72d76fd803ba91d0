#include "sys/os_error.h"

#include <cerrno>
#include <system_error>

namespace tanist::sys {

namespace {

Errc code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::refused;
    case EEXIST:
    case EBUSY: return Errc::conflict;
    default: return Errc::io;
  }
}

}  // namespace

Error os_error(std::string_view doing, std::string_view what, int number) {
  std::string sentence(doing);
  if (!what.empty()) sentence.append(" ").append(what);
  sentence += ": " + std::generic_category().message(number);
  return Error{code_of(number), std::move(sentence), number};
}

}  // namespace tanist::sys

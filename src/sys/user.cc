#include "sys/user.h"

#include <pwd.h>
#include <unistd.h>

namespace tanist::sys {

std::string login_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : std::to_string(::geteuid());
}

}  // namespace tanist::sys

#include "sys/posix_entropy.h"

#include <sys/random.h>

#include <cerrno>
#include <vector>

#include "base/result.h"

namespace tanist::sys {

std::string PosixEntropy::hex(size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  for (size_t filled = 0; filled < bytes;) {
    ssize_t count = ::getrandom(raw.data() + filled, bytes - filled, 0);
    TANIST_CHECK(count >= 0 || errno == EINTR);
    if (count > 0) filled += static_cast<size_t>(count);
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes);
  for (unsigned char byte : raw) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace tanist::sys

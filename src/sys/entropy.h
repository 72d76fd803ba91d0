// Randomness comes in through here: one-time credentials, names of temporary files. The simulator hands in a seed.
#pragma once

#include <string>

namespace tanist::sys {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::string hex(size_t bytes) = 0;  // cryptographically random in production
};

}  // namespace tanist::sys

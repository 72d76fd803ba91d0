// Randomness of the kernel.
#pragma once

#include "sys/entropy.h"

namespace tanist::sys {

class PosixEntropy : public Entropy {
 public:
  std::string hex(size_t bytes) override;
};

}  // namespace tanist::sys

// Randomness that a seed replays: for unit tests and the simulated world. Not secret at all.
#pragma once

#include <random>

#include "sys/entropy.h"

namespace tanist::sys {

class SeededEntropy : public Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : engine_(seed) {}
  std::string hex(size_t bytes) override {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (size_t i = 0; i < 2 * bytes; ++i) text += kDigits[engine_() >> 60];
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tanist::sys

// All chance of a run comes from its seed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

namespace tanist::sim {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15ull + 1) {}

  // Both ends included. Not std::uniform_int_distribution, whose results differ between libraries.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool percent(int chance) { return between(1, 100) <= chance; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[between(0, static_cast<int64_t>(choices.size()) - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tanist::sim

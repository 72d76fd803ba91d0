// What the node commands that wait for other programs see of their host.
#pragma once

#include <istream>
#include <ostream>

#include "sys/clock.h"
#include "sys/entropy.h"
#include "sys/files.h"
#include "sys/process.h"

namespace tanist::nodetools {

struct NodeWorld {
  sys::Clock& clock;
  sys::Files& files;
  sys::Processes& processes;
  sys::Entropy& entropy;
  std::ostream& out;
  std::ostream& err;
  // While a server is in a state that must not stay, ending signals only set `interrupted`.
  bool signals_held = false;
  bool interrupted = false;
};

// The programs we start get no shorter limit than any honest piece of work can need.
constexpr std::chrono::hours kWorkWithin{24 * 7};
// What should answer at once: a version, one statement, one ssh command.
constexpr std::chrono::minutes kAnswerWithin{5};

}  // namespace tanist::nodetools

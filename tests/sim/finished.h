// A task of the project, run to its end in simulated time.
#pragma once

#include <optional>

#include "sys/task.h"
#include "world.h"

namespace tanist::sim {

constexpr Duration kLongestRecovery = std::chrono::hours(2);

template <class T>
T finished(World& world, sys::Task<T> task) {
  std::optional<T> result;
  auto run = [](sys::Task<T> what, std::optional<T>* out) -> sys::Task<void> {
    out->emplace(co_await std::move(what));
  };
  sys::start_detached(run(std::move(task), &result));
  const TimePoint limit = world.clock.now() + kLongestRecovery;
  while (!result && world.clock.step(limit)) {
  }
  if (!result) world.violation("END", "the recovery did not end in two hours");
  return result ? std::move(*result) : T{};
}

}  // namespace tanist::sim

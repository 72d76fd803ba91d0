// Strong types for things that are easy to mix up.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace tanist {

// A string that cannot be passed where another kind of name is wanted.
template <class Tag>
struct Name {
  std::string text;

  Name() = default;
  explicit Name(std::string value) : text(std::move(value)) {}
  bool empty() const { return text.empty(); }
  auto operator<=>(const Name&) const = default;
};

// The section name of a server in the configuration file ("server1"): how every room names a server.
using ServerId = Name<struct ServerIdTag>;

// Monotonic time since an arbitrary start; the simulator owns its own. Wall time only for people and file names.
using Duration = std::chrono::nanoseconds;
struct MonotonicClockTag {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClockTag>;
  static constexpr bool is_steady = true;
};
using TimePoint = MonotonicClockTag::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

}  // namespace tanist

template <class Tag>
struct std::hash<tanist::Name<Tag>> {
  size_t operator()(const tanist::Name<Tag>& name) const noexcept { return std::hash<std::string>{}(name.text); }
};

// Tells when something was put into a directory, changed there or taken away.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sys/task.h"

namespace tanist::sys {

class Reactor;

class DirectoryWatch {
 public:
  virtual ~DirectoryWatch() = default;
  // From now on. A directory that does not exist is an error; one that is added again is not.
  virtual Status add(const std::string& directory) = 0;
  // True as soon as something happens in one of them; false when the deadline comes first.
  virtual Task<bool> changed(TimePoint deadline) = 0;
};

// By inotify.
Result<std::unique_ptr<DirectoryWatch>> watch_directories(Reactor& reactor);

}  // namespace tanist::sys

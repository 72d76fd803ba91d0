// A log that somebody else writes, as `tail -F` sees it: what is appended, across rotation (renamed and made anew),
// truncation and removal. What was written to the old file after it was renamed is still read.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sys/task.h"

namespace tanist::sys {

class Reactor;

class FollowedFile {
 public:
  virtual ~FollowedFile() = default;
  // True as soon as something happens to the file or its name: written to, touched, renamed, removed, made anew. False
  // when the deadline comes first.
  virtual Task<bool> changed(TimePoint deadline) = 0;
  // What was appended since the last call; the first call gives the end of what is there, from the beginning of a line.
  // A file that is not there has nothing to say.
  virtual Result<std::string> read_new() = 0;
};

// By inotify on the file's directory, which must exist.
Result<std::unique_ptr<FollowedFile>> follow_file(Reactor& reactor, const std::string& path);

}  // namespace tanist::sys

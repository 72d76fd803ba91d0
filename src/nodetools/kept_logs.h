// Relay logs that a server is about to delete, kept alive so that deleting them costs the server nothing:
// freeing the blocks of a large file can stall everything on its file system, and with it the replica that
// just wanted to go on. A hard link (or, on another file system, an open descriptor) keeps them, and we
// shrink them step by step afterwards.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sys/clock.h"
#include "sys/task.h"
#include "sys/unique_fd.h"

namespace tanist::nodetools {

// A directory that nobody else can read or write. Errc::refused if there is another thing of that name.
Status make_private_directory(const std::string& path);

class KeptLogs {
 public:
  // Links lie in `directory`, which is ours alone; what a run that was killed left there is removed step by
  // step, too. An empty one: descriptors only.
  explicit KeptLogs(std::string directory) : directory_(std::move(directory)) {}

  // How many links an earlier run left.
  Result<size_t> take_leftovers();
  Status keep(const std::string& path);
  // Why links could not be made; empty if they could.
  const std::string& note() const { return note_; }
  // Lets go of all of them. Those that are still somebody else's keep every byte. How many were freed.
  sys::Task<size_t> release(sys::Clock& clock);

 private:
  struct Kept {
    sys::UniqueFd fd;
    std::string link;  // empty: none
  };
  sys::Task<bool> release_one(sys::Clock& clock, Kept log);

  std::string directory_;
  std::string note_;
  std::vector<Kept> logs_;
};

}  // namespace tanist::nodetools

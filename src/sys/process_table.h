// Processes that are not our children, known by a number that somebody wrote down: the manager that
// masterha_stop ends and masterha_check_status asks about.
#pragma once

#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tanist::sys {

struct ProcessFacts {
  int pid = 0;
  int group = 0;     // its process group; the leader's pid
  WallTime started;  // tells a process from a later one of the same number
};

class ProcessTable {
 public:
  virtual ~ProcessTable() = default;
  virtual std::optional<ProcessFacts> find(int pid) = 0;  // zombies are gone; other users' processes are not
  virtual std::vector<int> group_members(int group) = 0;  // ascending, without zombies
  // Errc::not_found if nobody is there, Errc::refused without the right.
  virtual Status signal_process(int pid, int signal) = 0;
  virtual Status signal_group(int group, int signal) = 0;
};

// By /proc.
class PosixProcessTable : public ProcessTable {
 public:
  std::optional<ProcessFacts> find(int pid) override;
  std::vector<int> group_members(int group) override;
  Status signal_process(int pid, int signal) override;
  Status signal_group(int group, int signal) override;
};

}  // namespace tanist::sys

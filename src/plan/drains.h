// How each replica gets what it misses: the G rows, first match wins. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/ranking.h"

namespace tanist::plan {

// Where missing events can come from.
struct Sources {
  bool dead_host = false;                  // its binary logs, by a stand-in there
  std::string why_not_dead_host;           // a sentence part
  std::optional<LogCoordinates> dead_first, dead_end;  // known once its log was read

  // The latest replica whose relay logs reach back furthest; or one whose applier failed, if it has received more and
  // can give it to everybody.
  const Member* relay = nullptr;
  const RelayReach* relay_reach = nullptr;  // null: not asked yet
  std::string why_not_relay;

  const LogCopy* copy = nullptr;  // of the dead primary's log, where it holds more than the replicas; then it serves all
  std::vector<std::string> why_not_copies;  // a sentence each

  std::vector<const Member*> latest;
  LogCoordinates end;  // what everybody is to have: the furthest that anybody can give
  bool end_known = true;
};
Sources find_sources(const Policy& policy, const DeadHost& dead_host,
                     const std::vector<RelayReach>& relay_reach, const Snapshot& snapshot);

struct Drain {
  const Member* replica = nullptr;
  std::string rule;
  DrainFrom from = DrainFrom::nothing;
  const Member* source = nullptr;  // the other replica
  const LogCopy* copy = nullptr;   // or the binary log server
  bool keep_relay_logs = false;
  bool impossible = false;
  std::string why;  // if impossible
};
Drain drain_of(const Member& replica, const Sources& sources);

}  // namespace tanist::plan

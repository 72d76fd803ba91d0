// Clusters from one line of text, for tests that reason about topologies:
//
//   topo("db1(dead) -> db2(received:90 executed:40), db3(candidate delay:60); db3 -> db4(multi_tier)")
//
// A chain is `source -> replica, replica`; chains are parted by `;`. Words in (…) are parted by blanks or
// commas; a server may be named several times, its words add up. `[gtid]`, `[mariadb]` or `[mariadb gtid]` at
// the start holds for all servers. A position `90` is mysql-bin.000001:90, `2.90` is mysql-bin.000002:90.
// Everybody is at 100 unless told. With GTIDs, position P of file F is transaction (F-1)*1000+P of the first
// source. The words are in topo_words.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/snapshot.h"

namespace tanist::testlib {

inline constexpr TimePoint kNow{std::chrono::seconds(1000)};

struct TopoCluster {
  std::vector<topology::ServerFacts> servers;       // in order of their first mention
  std::vector<topology::Observation> observations;  // one each, at kNow unless `age:SECONDS`
  std::optional<ServerId> known_primary;            // the first server that is nobody's replica

  topology::ServerFacts& facts(std::string_view name);
  topology::Observation& seen(std::string_view name);
  topology::ServerState& state(std::string_view name);  // of a server that answers
  topology::Snapshot snapshot() const;
};

// Throws std::invalid_argument with the offending word.
TopoCluster cluster(std::string_view text);
topology::Snapshot topo(std::string_view text);

gtid::LogCoordinates log_position(std::string_view text);  // "90", "2.90"

}  // namespace tanist::testlib

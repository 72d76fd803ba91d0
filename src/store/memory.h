// What a manager knows of a cluster beyond its configuration file, which it never edits: who the primary is
// since the last failover, which server may come back and think that it still is, and what was found, when,
// on which evidence. A later look at the servers may contradict it; then the servers are right.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tanist::store {

struct Address {
  std::string host;  // as the configuration names it
  uint16_t port = 3306;
  auto operator<=>(const Address&) const = default;
};

// A primary that was replaced. What it holds beyond `end` or `gtids` nobody else has.
struct Deposed {
  Address server;
  WallTime since = {};
  Address successor = {};
  bool by_gtid = false;  // the servers that went on replicate by GTID
  std::string end = {};       // of its log, as far as the others were brought: "file:position"; empty: not known
  std::string gtids = {};     // what the new primary had executed then, in the notation of its flavour
  std::string joins_at = {};  // "file:position" in the successor's log, where that held the same
  bool operator==(const Deposed&) const = default;
};

// A replica of the primary that no file names, and that belongs to the cluster all the same (discover=1).
struct Adopted {
  Address server;
  std::string ip;
  uint32_t server_id = 0;
  WallTime since = {};
  WallTime seen = {};  // when it last was a replica of this cluster, to within some minutes
  bool operator==(const Adopted&) const = default;
};

struct ClusterMemory {
  std::optional<Address> primary;
  std::vector<Deposed> deposed;
  std::vector<Adopted> adopted;
  bool operator==(const ClusterMemory&) const = default;
};

struct FindingRecord {
  std::string cluster;
  WallTime at;
  std::string rule, kind, sentence;
  std::vector<std::string> evidence;
  bool operator==(const FindingRecord&) const = default;
};

// What a person has said of a cluster.
struct Mark {
  WallTime at;
  std::optional<WallTime> until;  // nothing: until it is taken back
  std::string why;
  bool operator==(const Mark&) const = default;
};
inline constexpr const char* kPaused = "paused";              // nothing is done, whatever is found
std::string paused_server(const Address& server);             // the same for one of its servers
inline constexpr const char* kAcknowledged = "acknowledged";  // the last recovery: another one may follow at once

class Memory {
 public:
  virtual ~Memory() = default;
  virtual Result<ClusterMemory> recall(const std::string& cluster) = 0;
  // A primary is nobody's deposed server any more.
  virtual Status set_primary(const std::string& cluster, const Address& primary, WallTime now) = 0;
  virtual Status depose(const std::string& cluster, const Deposed& server) = 0;
  virtual Status forgive(const std::string& cluster, const Address& server) = 0;  // it is a replica, or gone

  virtual Status adopt(const std::string& cluster, const Adopted& server) = 0;  // or: it was seen again
  virtual Status disown(const std::string& cluster, const Address& server) = 0;

  virtual Result<std::optional<Mark>> mark(const std::string& cluster, const std::string& name) = 0;
  virtual Status set_mark(const std::string& cluster, const std::string& name, const Mark& mark) = 0;
  virtual Status clear_mark(const std::string& cluster, const std::string& name) = 0;

  virtual Status note(const FindingRecord& finding) = 0;
  // Newest first. The oldest of very many are forgotten.
  virtual Result<std::vector<FindingRecord>> findings(const std::string& cluster, size_t at_most) = 0;
};

Result<std::unique_ptr<Memory>> open_memory(const std::string& path);

}  // namespace tanist::store

// What is wrong with a primary that answers: its commits hang, its disk is full, it has no room for another client.
// Pure. Unlike the rules of death every row that holds counts; each is a condition that stands from when it was first
// seen until it is seen no longer, and nothing is done about it unless policy names it (failover_on).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "topology/activity.h"
#include "topology/server_state.h"

namespace tanist::detect {

enum class GreyKind {
  hung_commits,
  unacknowledged,  // semi-synchronous, and nobody acknowledges
  unprotected,     // semi-synchronous by its settings, and not in fact
  saturated,
  read_only_disk,
  full_disk,
  nearly_full_disk,
  closed,  // read_only
  write_error,
  slow,
};
std::string_view to_string(GreyKind kind);

// A file system that it writes to.
struct Disk {
  std::string path;
  uint64_t free_bytes = 0;  // for others than root
  uint64_t total_bytes = 0;
  bool read_only = false;
};

// The last row that we tried to write.
struct WriteTest {
  std::optional<TimePoint> hanging_since;  // no answer since
  int error = 0;
  std::string what;
};

// What was seen in one round; what was not asked for is not there.
struct GreyLook {
  TimePoint at;
  std::optional<std::vector<topology::Connection>> connections;
  std::optional<int> refused;  // a new connection got this error
  std::optional<topology::ServerState> state;
  std::optional<std::vector<Disk>> disks;
  std::optional<WriteTest> write_test;
};

struct WaitingCommit {
  topology::Connection who;  // as last seen
  TimePoint since;           // in every look since then
};

// What the rows look at: of each kind of fact the last one, as long as it is young enough (R8).
struct GreyFacts {
  TimePoint now;
  std::string primary;                       // host(ip:port)
  std::vector<WaitingCommit> waiting;        // longest first
  std::optional<TimePoint> stuck_since;      // in every look since then somebody waits and nothing gets on
  std::optional<uint64_t> connected;         // clients and replicas
  std::optional<int> refused;
  std::optional<topology::ServerState> state;
  std::vector<Disk> disks;
  std::optional<WriteTest> write_test;
  Duration fastest_ping{}, usual_ping{};     // of the last ten; of its good days
};

struct Condition {
  std::string rule;
  GreyKind kind{};
  std::string sentence;
  std::vector<std::string> evidence;
  TimePoint since;      // in every look since then, but for a few
  TimePoint confirmed;  // the last look that saw it
};

struct GreyRow {
  std::string_view id;
  GreyKind kind;
  std::string_view when;
};
std::vector<GreyRow> grey_table();

// Waits in its commit, or for somebody's global lock before it.
bool is_stuck_write(const topology::Connection& connection);

// Folds look after look. Begins a condition when two looks in a row see it, ends it when three do not.
class GreyMemory {
 public:
  // `write_test`: how often a row is written, if ever.
  GreyMemory(std::string primary, Duration write_test);

  void answered(Duration took);  // a ping
  void take(GreyLook look);
  std::vector<Condition> standing() const;
  const GreyFacts& facts() const { return facts_; }

 private:
  struct Run {
    Condition condition;
    int seen = 0, missed = 0;
    bool stands = false;
  };
  void note_connections(const std::vector<topology::Connection>& connections, TimePoint at, bool log_stands);
  void forget_what_is_old();
  void judge();

  Duration write_test_;
  GreyFacts facts_;
  TimePoint connections_at_{}, state_at_{}, disks_at_{}, write_test_at_{};
  std::deque<Duration> pings_;
  std::map<std::string, Run> runs_;
};

// How long each row's facts may be used (R8).
inline constexpr Duration kGreyLookEvery = std::chrono::seconds(5);
inline constexpr Duration kGreyFactAge = 3 * kGreyLookEvery;
inline constexpr Duration kDiskLookEvery = std::chrono::seconds(30);
inline constexpr Duration kStuckAfter = std::chrono::seconds(10);

}  // namespace tanist::detect

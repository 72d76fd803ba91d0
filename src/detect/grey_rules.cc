// Every row that holds counts. Thresholds are those of the table's own words; docs/failover-rules.md prints it.
#include "detect/grey_rules.h"

#include <algorithm>

#include "base/text.h"
#include "detect/evidence.h"

namespace tanist::detect {

using topology::Connection;
using Lines = std::vector<std::string>;

namespace {

using namespace std::chrono_literals;

constexpr uint64_t kMb = 1024 * 1024;
constexpr uint64_t kFull = 16 * kMb, kNearlyFull = 2048 * kMb;
constexpr size_t kMostLines = 5;
constexpr Duration kSlow = 300ms;
constexpr int kSlowFactor = 20;

// As SHOW PROCESSLIST words them: MySQL 5.6 to 9.x and MariaDB; the later ones name the replica a replica.
constexpr std::string_view kStuckStates[] = {
    "waiting for semi-sync ack", "waiting for handler commit", "waiting for prior transaction to commit",
    "waiting for commit lock",   "waiting for global read lock", "waiting for backup lock",
    "committing",                "commit",                     "query end",
    "writing to binlog",         "starting"};

template <class Range>
bool is_one_of(const Range& range, int number) {
  return std::find(std::begin(range), std::end(range), number) != std::end(range);
}

bool means_no_room(int error) { return is_one_of((const int[]){1040, 1203, 1226}, error); }

bool says(const WriteTest& test, std::string_view words) { return lower(test.what).find(words) != std::string::npos; }

bool means_full(const WriteTest& test) {
  return is_one_of((const int[]){1021, 1114}, test.error) ||
         (test.error != 0 && (says(test, "errno: 28") || says(test, "no space left")));
}

bool means_read_only_disk(const WriteTest& test) {
  return test.error != 0 && (says(test, "errno: 30") || says(test, "read-only file system"));
}

bool means_closed(const WriteTest& test) { return is_one_of((const int[]){1290, 1792, 1836}, test.error); }

bool was_refused(const GreyFacts& f) { return f.write_test && f.write_test->error != 0; }

Duration stuck_for(const GreyFacts& f) { return f.stuck_since ? f.now - *f.stuck_since : Duration{}; }

bool hangs(const GreyFacts& f) {
  return f.write_test && f.write_test->hanging_since && f.now - *f.write_test->hanging_since >= kStuckAfter;
}

bool nobody_acknowledges(const GreyFacts& f) {
  if (!f.state) return false;
  const topology::SemiSync& semi = f.state->semi_sync;
  return semi.source_active && semi.waits_without_replicas && semi.timeout_ms >= topology::kForEverMs &&
         semi.clients && *semi.clients < semi.wait_for;
}

uint64_t reserve(uint64_t max_connections) { return std::max<uint64_t>(1, max_connections / 50); }

bool no_room_left(const GreyFacts& f) {
  if (f.refused && means_no_room(*f.refused)) return true;
  return f.connected && f.state && f.state->max_connections > 0 &&
         *f.connected + reserve(f.state->max_connections) >= f.state->max_connections;
}

const Disk* disk_that(const GreyFacts& f, bool (*is)(const Disk&)) {
  auto found = std::find_if(f.disks.begin(), f.disks.end(), is);
  return found == f.disks.end() ? nullptr : &*found;
}
bool is_read_only(const Disk& disk) { return disk.read_only; }
bool is_full(const Disk& disk) { return disk.free_bytes < kFull; }
bool is_nearly_full(const Disk& disk) {
  return !is_full(disk) && disk.free_bytes < kNearlyFull && disk.free_bytes < disk.total_bytes / 100 * 3;
}

std::string where(const GreyFacts& f, bool (*is)(const Disk&)) {
  const Disk* disk = disk_that(f, is);
  return disk ? disk->path : "its data";
}

Lines of_commits(const GreyFacts& f) {
  Lines lines;
  for (const WaitingCommit& one : f.waiting) {
    if (lines.size() == kMostLines) break;
    lines.push_back("connection " + std::to_string(one.who.id) + " of " + one.who.user + " from " + one.who.host +
                    ": " + one.who.state + ", seen for " + seconds_text(f.now - one.since) + ", its statement " +
                    std::to_string(one.who.seconds) + " s old");
  }
  if (f.waiting.size() > lines.size())
    lines.push_back("and " + std::to_string(f.waiting.size() - lines.size()) + " more");
  return lines;
}

Lines of_write_test(const GreyFacts& f) {
  if (!f.write_test) return {};
  if (f.write_test->hanging_since)
    return {"the write test has had no answer for " + seconds_text(f.now - *f.write_test->hanging_since)};
  if (f.write_test->error == 0) return {"the write test succeeds"};
  return {"the write test got error " + std::to_string(f.write_test->error) + " (" + f.write_test->what + ")"};
}

Lines of_semi_sync(const GreyFacts& f) {
  const topology::SemiSync& semi = f.state->semi_sync;
  return {std::to_string(semi.clients.value_or(0)) + " replica(s) acknowledge, it waits for " +
              std::to_string(semi.wait_for),
          std::string("it waits ") + (semi.after_sync ? "AFTER_SYNC" : "AFTER_COMMIT") + ", for at most " +
              std::to_string(semi.timeout_ms) + " ms; semi-synchronous replication is " +
              (semi.source_active ? "ON" : "OFF")};
}

Lines of_room(const GreyFacts& f) {
  Lines lines;
  if (f.connected && f.state)
    lines.push_back(std::to_string(*f.connected) + " connections, max_connections is " +
                    std::to_string(f.state->max_connections));
  if (f.refused) lines.push_back("a new connection got error " + std::to_string(*f.refused));
  return lines;
}

Lines of_disks(const GreyFacts& f) {
  Lines lines;
  for (const Disk& disk : f.disks)
    lines.push_back(disk.path + ": " + std::to_string(disk.free_bytes / kMb) + " of " +
                    std::to_string(disk.total_bytes / kMb) + " MB free" + (disk.read_only ? ", mounted read-only" : ""));
  for (std::string& line : of_write_test(f)) lines.push_back(std::move(line));
  return lines;
}

Lines of_pings(const GreyFacts& f) {
  return {"the fastest of the last 10 pings took " + seconds_text(f.fastest_ping) + ", usual are " +
          std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(f.usual_ping).count()) + " us"};
}

constexpr GreyRule kRules[] = {
    {"E10", GreyKind::hung_commits,
     "in every look for 10 s clients wait in their commits, or for a global lock before them: the same one, or its binary "
     "log has not moved",
     [](const GreyFacts& f) { return stuck_for(f) >= kStuckAfter; },
     [](const GreyFacts& f) {
       return "Commits hang on " + f.primary + ": " + std::to_string(f.waiting.size()) +
              " client(s) wait, and nothing has got on for " + seconds_text(stuck_for(f)) + " (" +
              f.waiting.front().who.state + ").";
     },
     of_commits},

    {"E12", GreyKind::hung_commits, "the write test has had no answer for 10 s", hangs,
     [](const GreyFacts& f) {
       return "Writes hang on " + f.primary + ": the write test has had no answer for " +
              seconds_text(f.now - *f.write_test->hanging_since) + ".";
     },
     of_commits},

    {"E20", GreyKind::unacknowledged,
     "semi-synchronous, fewer replicas acknowledge than it waits for, and its timeout is a day or more",
     nobody_acknowledges,
     [](const GreyFacts& f) {
       return "No commit on " + f.primary + " comes to its end: it is semi-synchronous, waits practically for ever, and " +
              std::to_string(*f.state->semi_sync.clients) + " of " + std::to_string(f.state->semi_sync.wait_for) +
              " replica(s) acknowledge.";
     },
     of_semi_sync},

    {"E25", GreyKind::unprotected, "semi-synchronous replication is enabled and not active",
     [](const GreyFacts& f) {
       return f.state && f.state->semi_sync.source_enabled && !f.state->semi_sync.source_active;
     },
     [](const GreyFacts& f) {
       return "Semi-synchronous replication of " + f.primary +
              " has given up: what it commits may be on no other server when it dies.";
     },
     of_semi_sync},

    {"E30", GreyKind::saturated,
     "a new connection was refused for want of room (1040, 1203, 1226), or 2 % of max_connections, at least 1, are left",
     no_room_left,
     [](const GreyFacts& f) { return f.primary + " has no room for more clients."; }, of_room},

    {"E40", GreyKind::read_only_disk,
     "a file system of its data or logs is mounted read-only, or the write test was refused by one",
     [](const GreyFacts& f) {
       return disk_that(f, is_read_only) || (was_refused(f) && means_read_only_disk(*f.write_test));
     },
     [](const GreyFacts& f) {
       return "The file system of " + f.primary + " that holds " + where(f, is_read_only) + " is read-only.";
     },
     of_disks},

    {"E42", GreyKind::full_disk,
     "a file system of its data or logs has less than 16 MB left, or the write test found it full",
     [](const GreyFacts& f) { return disk_that(f, is_full) || (was_refused(f) && means_full(*f.write_test)); },
     [](const GreyFacts& f) {
       return "The file system of " + f.primary + " that holds " + where(f, is_full) + " is full.";
     },
     of_disks},

    {"E44", GreyKind::nearly_full_disk, "such a file system has less than 3 % and less than 2 GB left",
     [](const GreyFacts& f) { return disk_that(f, is_nearly_full) != nullptr; },
     [](const GreyFacts& f) {
       return "The file system of " + f.primary + " that holds " + where(f, is_nearly_full) + " is nearly full.";
     },
     of_disks},

    {"E50", GreyKind::closed, "read_only is on, or refused the write test",
     [](const GreyFacts& f) {
       return (f.state && f.state->read_only) || (was_refused(f) && means_closed(*f.write_test));
     },
     [](const GreyFacts& f) { return f.primary + " is the primary and takes no writes: read_only is on."; },
     of_write_test},

    {"E55", GreyKind::write_error, "the write test was refused for another reason",
     [](const GreyFacts& f) {
       return was_refused(f) && !means_full(*f.write_test) && !means_read_only_disk(*f.write_test) &&
              !means_closed(*f.write_test);
     },
     [](const GreyFacts& f) {
       return "The write test of " + f.primary + " fails with error " + std::to_string(f.write_test->error) + ".";
     },
     of_write_test},

    {"E60", GreyKind::slow,
     "even the fastest of the last ten pings took 0.3 s and 20 times the usual",
     [](const GreyFacts& f) {
       return f.fastest_ping >= kSlow && f.usual_ping > Duration{} && f.fastest_ping >= kSlowFactor * f.usual_ping;
     },
     [](const GreyFacts& f) {
       return f.primary + " is hopelessly slow: not one of ten pings took less than " + seconds_text(f.fastest_ping) +
              ".";
     },
     of_pings},
};

}  // namespace

bool is_stuck_write(const Connection& connection) {
  if (connection.user == "system user" || connection.command == "Sleep" || connection.command == "Daemon" ||
      connection.command == "Connect" || connection.command.starts_with("Binlog Dump"))
    return false;
  const std::string state = lower(connection.state);
  return std::any_of(std::begin(kStuckStates), std::end(kStuckStates), [&](std::string_view stuck) {
    return stuck == "starting" ? state == stuck && iequals(trim(connection.statement), "commit") : state.starts_with(stuck);
  });
}

std::span<const GreyRule> grey_rules() { return kRules; }

}  // namespace tanist::detect

// The moment in which a server deletes relay logs it is configured to keep: relay_log_purge is on only as
// long as that takes. It must not stay on, whatever happens to us:
//
// - an error, a signal: it is switched off before we end;
// - we are killed: the session's last words switch it off, its client outlives us (mysql_client.h);
// - all of us are killed, client and shell included: a note in our directory says so, and the next run switches it off;
// - the server ends: it starts with what its configuration says.
#pragma once

#include <string>
#include <vector>

#include "nodetools/mysql_client.h"

namespace tanist::nodetools {

// The name under which MHA's failover excludes purging, and the other way round.
constexpr const char* kFailoverLock = "MHA_Master_High_Availability_Failover";

// A note that relay_log_purge was switched on by us, for the server's present life.
class WindowNote {
 public:
  WindowNote(sys::Files& files, std::string path, uint64_t server_started)
      : files_(files), path_(std::move(path)), server_started_(server_started) {}
  Status write();
  Status remove() { return files_.remove(path_); }
  bool is_there() const;

 private:
  sys::Files& files_;
  std::string path_;
  uint64_t server_started_;  // seconds since 1970, as exact as the server's uptime
};

// A session that holds the failover's lock; while it does, relay_log_purge is off at its end.
class PurgeWindow {
 public:
  // Errc::conflict if the lock is not free in time.
  static sys::Task<Result<PurgeWindow>> open(const MysqlClient& client);

  // `flush`: the statement that makes the receiver begin a new relay log.
  sys::Task<Status> switch_on(std::string flush);
  sys::Task<Status> switch_off();
  sys::Task<Status> close();
  MysqlConversation& session() { return session_; }

 private:
  explicit PurgeWindow(MysqlConversation session) : session_(std::move(session)) {}
  MysqlConversation session_;
};

}  // namespace tanist::nodetools

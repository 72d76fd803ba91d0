// One server under a recovery: typed statements over one connection, each with its deadline and a sentence when it
// fails. Knows the dialect; knows nothing of plans.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "config/cluster.h"
#include "mysql/dialect.h"
#include "mysql/session.h"
#include "sys/clock.h"
#include "sys/task.h"
#include "topology/activity.h"
#include "topology/logged_event.h"
#include "topology/server_state.h"

namespace tanist::execute {

class Server {
 public:
  Server(sys::Clock& clock, mysql::Connector& connector, const config::ServerConfig& config)
      : clock_(clock), connector_(connector), config_(config) {}

  const config::ServerConfig& config() const { return config_; }
  std::string host_info() const { return config_.host_info(); }
  const mysql::Dialect& dialect() const { return *dialect_; }

  // Opens the connection if it is not open; every call below does so by itself, once, when the old one was lost.
  sys::Task<Status> connect(TimePoint deadline);

  // GET_LOCK: false if somebody else holds it.
  sys::Task<Result<bool>> lock(std::string name, unsigned wait_seconds, TimePoint deadline);
  sys::Task<Status> unlock(std::string name, TimePoint deadline);

  sys::Task<Result<topology::ServerState>> state(TimePoint deadline);
  sys::Task<Result<topology::Activity>> activity(TimePoint deadline);
  sys::Task<Result<std::vector<topology::Connection>>> connections(TimePoint deadline);
  // Names of accounts that may write although read_only is on; nothing: that cannot be read.
  sys::Task<std::optional<std::vector<std::string>>> privileged_accounts(TimePoint deadline);
  // Nothing: it cannot be told (discovery/probe.h, discovery/activity.h).
  sys::Task<std::optional<bool>> may_replicate(std::string user, TimePoint deadline);
  sys::Task<std::optional<topology::ReplicationFilters>> replication_filters(TimePoint deadline);
  // What its binary log holds from there on (discovery/log_events.h).
  sys::Task<Result<std::vector<topology::LoggedEvent>>> events_behind(gtid::LogCoordinates place, size_t limit,
                                                                      TimePoint deadline);

  // Statements wait for other people's locks no longer than that. Opens a new connection, once, if somebody has ended the
  // old one.
  sys::Task<Status> wait_for_locks(unsigned seconds, TimePoint deadline);

  // 0: none is open. Another number than before: that one was lost, and with it the locks it held.
  uint64_t connection_id() const { return session_ ? session_->connection_id() : 0; }

  sys::Task<Status> start_replica(TimePoint deadline) { return say(&mysql::Dialect::start_replica, deadline); }
  sys::Task<Status> stop_replica(TimePoint deadline) { return say(&mysql::Dialect::stop_replica, deadline); }
  sys::Task<Status> start_receiver(TimePoint deadline) { return say(&mysql::Dialect::start_receiver, deadline); }
  sys::Task<Status> stop_receiver(TimePoint deadline) { return say(&mysql::Dialect::stop_receiver, deadline); }
  sys::Task<Status> start_applier(TimePoint deadline) { return say(&mysql::Dialect::start_applier, deadline); }
  sys::Task<Status> stop_applier(TimePoint deadline) { return say(&mysql::Dialect::stop_applier, deadline); }
  sys::Task<Status> reset_replica_all(TimePoint deadline) { return say(&mysql::Dialect::reset_replica_all, deadline); }
  sys::Task<Status> change_source(mysql::ChangeSource change, TimePoint deadline);
  sys::Task<Status> set_read_only(bool on, TimePoint deadline);  // and reads it back
  sys::Task<Status> set_writable(TimePoint deadline) { return set_read_only(false, deadline); }
  sys::Task<Status> execute(std::string sql, TimePoint deadline);
  // A global variable that is a number, by its newest name.
  sys::Task<Result<uint64_t>> number_of(std::string_view newest, TimePoint deadline);

 private:
  using Statement = std::string (mysql::Dialect::*)() const;
  sys::Task<Status> say(Statement statement, TimePoint deadline);
  sys::Task<Result<mysql::Rows>> query(std::string sql, std::string shown, TimePoint deadline);

  sys::Clock& clock_;
  mysql::Connector& connector_;
  const config::ServerConfig& config_;
  std::unique_ptr<mysql::Session> session_;
  std::optional<mysql::Dialect> dialect_;
};

}  // namespace tanist::execute

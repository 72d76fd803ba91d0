// One question to the primary, in the three ways of the configuration key ping_type (reference mha-manager.md 5.2):
// SELECT on a held connection, CONNECT with a new connection each time, INSERT of a heartbeat row. Owns the held
// connection and the advisory lock on it that keeps a second manager away.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/cluster.h"
#include "mysql/session.h"
#include "sys/clock.h"
#include "sys/task.h"

namespace tanist::manager {

// The statements that write the heartbeat row.
std::vector<std::string> insert_ping_statements();
// The same as one text, for a client program.
std::string insert_ping_sql();

class Pinger {
 public:
  Pinger(sys::Clock& clock, mysql::Connector& connector, const config::ServerConfig& primary);

  // Connects if there is no connection, and asks. The first time it waits for the lock as MHA does: four intervals beside
  // the deadline, so that a manager that has just ended is not taken for one that runs. `lock_held_elsewhere` is true in the answer when another manager
  // holds the monitor lock: fatal at start (reference 5.7), a warning later.
  struct Pong {
    bool lock_held_elsewhere = false;
  };
  sys::Task<mysql::Answer<Pong>> ping(TimePoint deadline);

  // Waits until the next question is due; true at once when the server closes the held connection.
  sys::Task<bool> lost_before(TimePoint next);
  void drop() { session_.reset(); }
  bool connected() const { return session_ != nullptr; }

 private:
  sys::Task<mysql::Answer<Pong>> connect(TimePoint& deadline);  // later when it waited for the lock
  sys::Task<mysql::Answer<mysql::Rows>> ask(TimePoint deadline);

  sys::Clock& clock_;
  mysql::Connector& connector_;
  mysql::Endpoint endpoint_;
  mysql::Credentials credentials_;
  config::PingType type_;
  Duration interval_;
  bool connected_once_ = false;
  std::unique_ptr<mysql::Session> session_;
};

}  // namespace tanist::manager

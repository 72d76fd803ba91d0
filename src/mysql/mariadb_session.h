// An open session: a line whose calls are made in threads and awaited on the loop. Inside of mysql.
#pragma once

#include <algorithm>
#include <memory>

#include "mysql/line.h"
#include "mysql/session.h"
#include "sys/reactor.h"

namespace tanist::mysql {

// Makes one call on the line. True if it returned, false if it is still at it although it was told to give up at the
// deadline; then nothing may be touched that it uses.
sys::Task<bool> in_thread(sys::Reactor& reactor, std::shared_ptr<Line> line, std::function<void()> call,
                          TimePoint deadline);

class MariadbSession : public Session {
 public:
  MariadbSession(sys::Reactor& reactor, std::shared_ptr<Line> line);

  sys::Task<Answer<Rows>> query(std::string sql, TimePoint deadline) override;
  sys::Task<bool> closed_before(TimePoint until) override;
  const std::string& server_version() const override { return version_; }
  uint64_t connection_id() const override { return id_; }

 private:
  sys::Reactor& reactor_;
  std::shared_ptr<Line> line_;  // shared with the call that runs
  std::string version_;
  uint64_t id_;
  int fd_;
};

}  // namespace tanist::mysql

// An open session on the reactor. Inside of mysql.
#pragma once

#include "mysql/login.h"
#include "mysql/session.h"

namespace tanist::mysql {

class MariadbSession : public Session {
 public:
  MariadbSession(sys::Reactor& reactor, Handle handle);
  ~MariadbSession() override;

  sys::Task<Answer<Rows>> query(std::string sql, TimePoint deadline) override;
  sys::Task<bool> closed_before(TimePoint until) override;
  const std::string& server_version() const override { return version_; }
  uint64_t connection_id() const override { return id_; }

 private:
  // Goes on with a suspended call of the library until it ends; `go_on` is its _cont function. False at the deadline.
  template <class GoOn>
  sys::Task<bool> finish(int wanted, GoOn go_on, TimePoint deadline);
  sys::Task<bool> store_result(MYSQL_RES** result, TimePoint deadline);
  Failure failed();
  void hang_up();

  sys::Reactor& reactor_;
  Handle handle_;
  std::string version_;
  uint64_t id_ = 0;
  bool dead_ = false;
};

}  // namespace tanist::mysql

// One attempt to connect and log in, made in a thread that is not the loop's. Inside of mysql.
#pragma once

#include <mariadb/mysql.h>

#include <atomic>
#include <memory>
#include <optional>

#include "mysql/connector.h"
#include "mysql/failures.h"
#include "sys/unique_fd.h"

namespace tanist::mysql {

struct CloseMysql {
  void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using Handle = std::unique_ptr<MYSQL, CloseMysql>;

class Login {
 public:
  Login(Endpoint server, Credentials who, ConnectorOptions options);

  void run();      // in the thread
  void give_up();  // from the loop, at the deadline: run() returns soon
  // After run() has returned.
  Handle take_handle() { return std::move(handle_); }
  const Failure& failure() const { return failure_; }
  // At any time.
  Failure timeout() const { return connect_timeout(stage_); }

 private:
  enum class Encrypt { no, yes };
  void attempt(Encrypt encrypt);
  void prepare(Encrypt encrypt);
  static int wait(my_socket socket, my_bool for_reading, int timeout);
  int wait_for(int socket, short events);

  Endpoint server_;
  Credentials who_;
  ConnectorOptions options_;
  sys::UniqueFd gave_up_fd_;
  std::atomic<bool> gave_up_ = false;
  std::atomic<Stage> stage_ = Stage::tcp;
  Handle handle_;
  Failure failure_;
};

}  // namespace tanist::mysql

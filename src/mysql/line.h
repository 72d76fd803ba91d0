// A conversation with one server in plain blocking calls, each made in a thread that is not the loop's. Inside of mysql.
//
// Why threads, when the library has a non-blocking API: that API is not non-blocking through TLS. Its handshake polls
// without limit, reads block on the socket that the handshake left blocking, and large statements break the connection
// or the process (seen with Connector/C 3.3 and MySQL 9.7). Its blocking calls are what everybody else uses, and its
// wait callback lets us end them at any moment.
#pragma once

#include <mariadb/mysql.h>

#include <atomic>
#include <memory>

#include "mysql/connector.h"
#include "mysql/failures.h"
#include "sys/unique_fd.h"

namespace tanist::mysql {

class Line {
 public:
  Line(Endpoint server, Credentials who, ConnectorOptions options);
  ~Line();  // says good-bye to a healthy server; never waits

  // In a thread, one at a time.
  Answer<bool> log_in();
  Answer<Rows> ask(const std::string& sql);

  // From the loop: the call that runs fails soon, and so does every later one.
  void give_up();
  bool gave_up() const { return gave_up_; }
  Stage stage() const { return stage_; }

  // While no call runs.
  std::string server_version() const { return mysql_get_server_info(handle_.get()); }
  uint64_t connection_id() const { return mysql_thread_id(handle_.get()); }
  int fd() const { return mysql_get_socket(handle_.get()); }

 private:
  enum class Encrypt { no, yes };
  struct Close {
    void operator()(MYSQL* handle) const { mysql_close(handle); }
  };

  Answer<bool> attempt(Encrypt encrypt);
  void prepare(Encrypt encrypt);
  Failure failure_of_query();
  static int wait(my_socket socket, my_bool for_reading, int timeout);
  int wait_for(int socket, short events);

  Endpoint server_;
  Credentials who_;
  ConnectorOptions options_;
  std::unique_ptr<MYSQL, Close> handle_;
  sys::UniqueFd give_up_fd_;
  std::atomic<bool> gave_up_ = false;
  std::atomic<Stage> stage_ = Stage::tcp;
};

}  // namespace tanist::mysql

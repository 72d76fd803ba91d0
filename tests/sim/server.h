// One simulated database server: a process that can be killed, frozen and restarted, and its data. Answers
// exactly the statements that the production code sends (statements.cc); any other is a violation.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/server_version.h"
#include "channel.h"
#include "mysql/dialect.h"
#include "mysql/session.h"
#include "topology/activity.h"
#include "topology/server_state.h"
#include "world.h"

namespace tanist::sim {

inline constexpr const char* kAdmin = "mha";
inline constexpr const char* kAdminPassword = "mha-secret";
inline constexpr const char* kReplUser = "repl";
inline constexpr const char* kReplPassword = "repl-secret";

struct Conn;

class Server : public Source {
 public:
  Server(World& world, int host, int number, std::string version, bool gtid);

  int number() const { return number_; }
  std::string name() const { return "server" + std::to_string(number_); }
  std::string address() const;
  World& world() { return world_; }
  const ServerVersion& version() const { return version_; }
  const mysql::Dialect& dialect() const { return dialect_; }
  bool gtid() const { return gtid_; }
  bool mariadb() const { return version_.is_mariadb(); }
  std::string uuid() const;

  int host() const override { return host_; }
  bool frozen() const override { return frozen_; }
  const std::vector<File>& files() const override { return log.files(); }
  std::string log_in(const std::string& user, const std::string& password,
                     const std::string& address) override;
  std::string describe() const override { return name(); }
  bool running() const { return running_; }

  // The process.
  void kill(bool torn);
  void start();
  void freeze();
  void thaw();

  // Data.
  void commit(int most_parts = 4);  // a client writes
  bool has(const Txn& txn) const { return data.contains(txn); }
  void add(const Txn& txn, const std::vector<uint64_t>& sizes, TimePoint committed);
  std::string gtid_set() const;  // MySQL: gtid_executed
  std::string gtid_set_of(const std::set<Txn>& txns) const;
  TimePoint committed_at(const Txn& txn) const;

  // Sessions.
  struct Reply {
    mysql::Answer<mysql::Rows> answer;
    Duration took{};
    std::function<bool()> until = {};  // answered as soon as this holds, after `took` at the latest
  };
  Reply execute(Conn& conn, const std::string& sql);
  void attach(std::shared_ptr<Conn> conn) { conns_.push_back(std::move(conn)); }
  void detach(const Conn& conn);  // and gives its locks up
  void end_sessions();            // as somebody's KILL does
  void hold_lock(const std::string& name) { locks_[name] = 0; }  // another manager has it

  bool takes_writes() const { return running_ && !frozen_ && !read_only && global_lock_ == 0; }
  bool read_only = false;
  bool super_read_only = false;
  bool acknowledges = false;   // as a semi-synchronous replica
  bool commits_hang = false;   // whoever writes waits for ever, and is seen waiting
  int write_error = 0;         // or gets that
  bool tables_locked = false;  // somebody's LOCK TABLES: who waits for it waits in vain
  std::vector<topology::Connection> clients;
  topology::ReplicationFilters filters;  // of its configuration
  bool keeps_read_only = false;  // SET GLOBAL read_only = 0 fails
  std::string ssl_cert;  // as the server was told; its key is called key-of-...
  bool relay_log_purge = false;
  bool relay_log_recovery = false;
  bool log_replica_updates = true;
  bool busy = false;  // max_connections used up
  bool restarts_itself = false;
  bool died = false;  // at any time of the story
  Log log;
  std::set<Txn> data;
  std::unique_ptr<Channel> channel;

 private:
  mysql::Rows variables() const;
  mysql::Rows binlog_status() const;
  mysql::Rows replica_rows() const;
  Reply change_source(const std::string& options);
  Reply get_lock(Conn& conn, const std::string& sql);
  std::optional<Reply> blocking(Conn& conn, const std::string& sql);
  std::optional<Reply> activity(const std::string& sql);
  std::optional<Reply> waiting(const std::string& sql);
  Reply set_read_only(bool on, bool super, uint64_t conn);
  Reply replication(const std::string& verb, const std::string& sql);
  std::string slave_pos() const;

  World& world_;
  int host_;
  int number_;
  ServerVersion version_;
  mysql::Dialect dialect_;
  bool gtid_;
  bool running_ = true;
  bool frozen_ = false;
  int64_t last_own_ = 0;
  int64_t last_in_domain_ = 0;
  std::vector<std::shared_ptr<Conn>> conns_;
  std::map<std::string, uint64_t> locks_;  // name -> connection
  uint64_t global_lock_ = 0;               // the connection with the global read lock
};

}  // namespace tanist::sim

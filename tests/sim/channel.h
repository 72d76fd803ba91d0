// Replication of one server from one source: the receiver with its relay log, the applier behind it. Behaves
// as reference standin-protocol.md 6 says of CHANGE, START and STOP, whose traps are what is to be found
// here.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log.h"
#include "sys/clock.h"

namespace tanist::sim {

class Server;

// Whoever a receiver can connect to: a server, or a stand-in.
class Source {
 public:
  virtual ~Source() = default;
  virtual int host() const = 0;
  virtual bool frozen() const = 0;
  virtual const std::vector<File>& files() const = 0;
  // Empty: let in.
  virtual std::string log_in(const std::string& user, const std::string& password,
                             const std::string& address) = 0;
  virtual std::string describe() const = 0;
};

enum class Positioning { file_position, auto_position, slave_pos };

struct ChannelSettings {
  std::string host;
  uint16_t port = 3306;
  std::string user;
  std::string password;
  uint32_t connect_retry = 60;
  uint32_t delay = 0;
  uint32_t heartbeat = 30;
  bool ssl = false;
  bool ssl_verify = false;
  Positioning positioning = Positioning::file_position;
};

class Channel {
 public:
  enum class Receiver { stopped, connecting, running };

  struct RelayEvent {
    Event event;
    LogCoordinates source_end;  // where the receiver stood after it
    std::string file;           // the source's name of the file it is in
    int relay_file = 1;
    uint64_t relay_end = 0;
    TimePoint committed;
  };

  explicit Channel(Server& server) : server_(server) {}

  ChannelSettings settings;
  Receiver receiver = Receiver::stopped;
  int io_errno = 0;
  std::string io_error;
  LogCoordinates received;
  uint64_t heartbeats = 0;
  bool applier = false;
  int sql_errno = 0;
  std::string sql_error;
  LogCoordinates executed;
  // How it does: each server has its own pace.
  Duration receive_time = std::chrono::microseconds(300);
  Duration apply_time = std::chrono::microseconds(500);
  Duration net_timeout = std::chrono::seconds(60);

  void start_receiver();
  void stop_receiver();
  void start_applier();
  void stop_applier();
  // What is not applied is noted: it must come back. Empty `why`: the server itself does it.
  void forget_relay_log(const std::string& why);
  bool jump_to_relay(const LogCoordinates& own);  // CHANGE with RELAY_LOG_FILE and RELAY_LOG_POS
  void crash();                                   // the server process is gone
  // A transaction of the source stands in the relay log in whole.
  std::set<Txn> received_transactions() const;
  std::set<Txn> unapplied_transactions() const;
  bool idle() const;  // the applier has read all of its relay log
  LogCoordinates relay_position() const;
  // What a stand-in here could serve.
  std::vector<File> relay_as_log() const;

  void pump_soon();
  void network_healed();
  void source_gone(const Source& source);
  bool configured = false;  // after CHANGE, until RESET ... ALL
  void reset_all();
  // Noted for the checkers: received in whole by this server at any time, and what it dropped of that
  // unapplied.
  std::set<Txn> ever_received;
  std::set<Txn> discarded;

 private:
  void try_to_connect();
  void connected(Source& source);
  void begin_dump();
  void lost(int number, const std::string& why);
  void retry_later();
  void pump();
  bool deliver_next();
  void take(const Event& event, const std::string& file);
  void beat();
  void apply_soon();
  void apply();
  void finish_group(size_t count);
  void fail_applier(int number, const std::string& why);
  size_t group_length() const;  // events of the next group, 0: not there in whole
  void drop_half_group();
  void new_relay_file() { ++relay_file_, relay_end_ = 4; }
  void purge();

  Server& server_;
  Source* source_ = nullptr;
  bool broken_ = false;  // the source's end is gone and nobody could tell us
  Cursor cursor_;
  std::set<Txn> skip_;    // GTID: what the source was told we have
  unsigned io_turn_ = 0;  // timers of an older turn do nothing
  bool pump_scheduled_ = false;
  TimePoint last_heard_{};
  std::vector<RelayEvent> relay_;
  size_t applied_ = 0;
  size_t kept_from_ = 0;
  int relay_file_ = 0;
  uint64_t relay_end_ = 4;
  unsigned sql_turn_ = 0;
  bool apply_scheduled_ = false;
};

}  // namespace tanist::sim

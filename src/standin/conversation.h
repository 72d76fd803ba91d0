// One replica's connection as a state machine over bytes: no sockets, no clock, no threads. Who owns it feeds
// what arrived, sends what output() holds, and says the time.
//
//   greeting -> [TLS] -> login -> [plugin switch] -> commands -> stream of events -> heartbeats
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "binlog/log_source.h"
#include "standin/dump_stream.h"
#include "standin/handshake.h"
#include "standin/profile.h"
#include "standin/questions.h"
#include "standin/witness.h"

namespace tanist::standin {

struct Peer {
  std::string address;  // numeric, as in the job
  uint16_t port = 0;
  uint32_t connection = 0;  // number of this connection, from 1
  Scramble scramble{};
};

class Conversation {
 public:
  // `profile`, `source` and the witness outlive the conversation; `source` is only read.
  Conversation(const Profile& profile, const binlog::LogSource& source, Peer peer, Witness witness);

  // Bytes from the peer, after decryption.
  void on_bytes(Bytes bytes, uint64_t unix_time);
  // The peer went away, or time is up; says so to the witness once.
  void on_end(std::string reason);

  // TLS begins now: take_rest() is its first input, and after on_tls() the login comes again, inside.
  bool wants_tls() const { return phase_ == Phase::tls; }
  std::string take_rest() { return in_.take_rest(); }
  void on_tls() {
    phase_ = Phase::login;
    tls_ = true;
  }

  // Adds events until about this much output waits, and heartbeats when they are due.
  void pump(TimePoint now, size_t enough);
  // When to pump again although nothing arrives: now while there is more to send, else the next heartbeat.
  std::optional<TimePoint> wakes_at() const;

  std::string& output() { return output_; }
  bool logged_in() const { return phase_ == Phase::commands || phase_ == Phase::streaming; }
  // Nothing more will be said: send the output, then close.
  bool closing() const { return phase_ == Phase::closed; }

 private:
  enum class Phase { tls, login, plugin_switch, commands, streaming, closed };

  void on_packet(const Packet& packet, uint64_t unix_time);
  void on_login(std::string_view payload);
  void check_token(std::string_view token);
  void on_command(std::string_view payload, uint64_t unix_time);
  void on_query(std::string_view sql, uint64_t unix_time);
  void begin_dump(const Result<DumpRequest>& request);
  Result<ReplicaWishes> wishes() const;
  void refuse(const Refusal& refusal, std::string_view kind);
  void close() { phase_ = Phase::closed; }
  Event event(std::string_view kind) const;

  const Profile& profile_;
  const binlog::LogSource& source_;
  Peer peer_;
  Witness witness_;
  Phase phase_ = Phase::login;
  std::string output_;
  PacketReader in_;
  PacketWriter out_;
  std::string user_;
  std::string plugin_;  // the one whose token is expected
  UserVariables variables_;
  uint32_t server_id_ = 0;  // the replica's
  std::string gtid_mode_;
  bool tls_ = false;
  bool ended_ = false;

  std::unique_ptr<DumpStream> stream_;
  bool non_blocking_ = false;
  bool at_end_ = false;
  Duration heartbeat_period_{0};
  TimePoint next_heartbeat_{};
};

}  // namespace tanist::standin

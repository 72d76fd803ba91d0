// A connection of a real client to a simulated server: packets in, what the server says out. No socket.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/server.h"
#include "sim/sessions.h"
#include "standin/handshake.h"
#include "standin/wire.h"

namespace tanist::bench {

class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(sim::Server& server, uint32_t number);
  ~Client();

  void on_bytes(std::string_view bytes);
  // Answers that waited for something, which may have come about.
  void look_again();

  std::string& output() { return output_; }
  bool waits() const { return waiting_.has_value(); }
  // Nothing more will be said.
  bool ended() const { return ended_ || !conn_->open; }

 private:
  void on_packet(const standin::Packet& packet);
  void log_in(std::string_view payload);
  void ask(std::string sql);
  void answer(const mysql::Answer<mysql::Rows>& answer);

  struct Waiting {
    sim::Server::Reply reply;
    TimePoint at_last;
  };
  sim::Server& server_;
  std::shared_ptr<sim::Conn> conn_;
  standin::Scramble scramble_{};
  standin::PacketReader in_;
  std::string output_;
  standin::PacketWriter out_;
  std::optional<Waiting> waiting_;
  bool logged_in_ = false;
  bool ended_ = false;
};

}  // namespace tanist::bench

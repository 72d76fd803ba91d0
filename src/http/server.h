// The doors through which requests come: a unix socket for whoever owns this process, TCP addresses for others.
//
//   auto server = http::Server::open(reactor, files, log, {.socket_path = "/var/lib/tanist/tanist.sock"}, handler);
//   group.start((*server)->run());
//   ...
//   (*server)->stop();   // run() ends soon
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "http/connection.h"
#include "http/door.h"
#include "http/tls.h"
#include "sys/files.h"
#include "sys/log.h"

namespace tanist::http {

struct ServerOptions {
  std::string socket_path;          // its users are admins: its mode is 0600
  std::vector<std::string> listen;  // ADDRESS:PORT
  std::string tls_certificate, tls_key;
  std::string tokens;  // without it, TCP is for reading only
  Limits limits = {};
};

class Server {
 public:
  // Refuses addresses that others can reach unless there are TLS and tokens.
  static Result<std::unique_ptr<Server>> open(sys::Reactor& reactor, sys::Files& files, sys::Log& log, ServerOptions options,
                                              Handler handler);
  ~Server();

  sys::Task<void> run();
  void stop();

  std::vector<uint16_t> ports() const;  // of the TCP addresses, in their order

 private:
  struct Door {
    sys::UniqueFd socket;
    std::string name;
    Service service;
    std::shared_ptr<Tls> tls;
    std::set<std::shared_ptr<Stream>> open;
    bool full_said = false;
  };

  Server(sys::Reactor& reactor, sys::Log& log, ServerOptions options) : reactor_(reactor), log_(log), options_(std::move(options)) {}
  Status open_doors(sys::Files& files, Handler handler);
  sys::Task<void> keep_open(Door* door);
  bool accept_one(Door& door);
  void turn_away(Door& door, int fd);
  sys::Task<void> serve_one(Door* door, std::shared_ptr<Stream> stream);

  sys::Reactor& reactor_;
  sys::Log& log_;
  ServerOptions options_;
  std::unique_ptr<Tokens> tokens_;
  std::vector<std::unique_ptr<Door>> doors_;
  sys::TaskGroup running_;
  bool stopping_ = false;
};

}  // namespace tanist::http

// A server on loopback and clients that speak to it byte by byte, all on one reactor.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "http/server.h"
#include "sys/memory_log.h"
#include "sys/posix_files.h"
#include "sys/temporary_directory.h"

namespace tanist::http {

inline Response echo(const Request& request) {
  return {.body = request.method + " " + request.path + " " + std::to_string(request.body.size()) + "\n", .type = "text/plain"};
}
inline Handler echoing() {
  return [](Request request) -> sys::Task<Response> { co_return echo(request); };
}

class TestServer {
 public:
  TestServer() : directory(*sys::TemporaryDirectory::make("/tmp", "tanist-http-")) {
    options.socket_path = directory.file("sock");
    options.listen = {"127.0.0.1:0"};
    options.limits.linger = std::chrono::milliseconds(200);
  }

  Status open() {
    auto opened = Server::open(reactor, files, log, options, handler);
    if (!opened) return fail(opened.error());
    server = std::move(*opened);
    return {};
  }

  // Opens it if nobody has, runs the story beside it, and stops it.
  template <class Story>
  void run(Story story) {
    if (!server) {
      Status opened = open();
      ASSERT_TRUE(opened) << opened.error().what;
    }
    auto main = [](TestServer& self, Story& inner) -> sys::Task<int> {
      sys::TaskGroup serving;
      serving.start(self.server->run());
      co_await inner();
      self.server->stop();
      co_await serving.wait();
      co_return 0;
    };
    EXPECT_EQ(reactor.run(main(*this, story)), 0);
  }

  TimePoint soon() { return reactor.now() + std::chrono::seconds(20); }

  std::unique_ptr<Stream> connect() {
    sys::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server->ports().front());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    last_fd = fd.get();
    auto line = plain_line(fd.get());
    return std::make_unique<Stream>(reactor, std::move(fd), std::move(line));
  }
  std::unique_ptr<Stream> connect_local() {
    auto fd = connect_to_path(options.socket_path);
    EXPECT_TRUE(fd);
    auto line = plain_line(fd->get());
    return std::make_unique<Stream>(reactor, std::move(*fd), std::move(line));
  }

  // All that comes until the other side ends.
  sys::Task<std::string> read_all(Stream& stream) {
    std::string all;
    for (;;) {
      auto bytes = co_await stream.read(soon());
      if (!bytes) co_return all + "<" + bytes.error().what + ">";
      if (bytes->empty()) co_return all;
      all += *bytes;
    }
  }
  sys::Task<std::string> read_until(Stream& stream, std::string end) {
    std::string all;
    while (all.find(end) == all.npos) {
      auto bytes = co_await stream.read(soon());
      if (!bytes || bytes->empty()) co_return all + "<ended>";
      all += *bytes;
    }
    co_return all;
  }
  // Sends this on a connection of its own; what comes back until the server ends it.
  sys::Task<std::string> exchange(std::string bytes, bool half_close = false) {
    auto stream = connect();
    const int fd = last_fd;
    static_cast<void>(co_await stream->write(std::move(bytes), soon()));
    if (half_close) ::shutdown(fd, SHUT_WR);
    std::string all = co_await read_all(*stream);
    co_return all;
  }

  sys::Reactor reactor;
  sys::PosixFiles files;
  sys::MemoryLog log;
  sys::TemporaryDirectory directory;
  ServerOptions options;
  Handler handler = echoing();
  std::unique_ptr<Server> server;
  int last_fd = -1;
};

inline std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + more + "\r\n";
}

}  // namespace tanist::http

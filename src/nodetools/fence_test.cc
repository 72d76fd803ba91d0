#include "nodetools/fence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace tanist::nodetools {
namespace {

using testing::HasSubstr;

TEST(Sockets, the_kernels_table_is_read) {
  const auto sockets = parse_socket_table(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 x "
      "100 0\n"
      "   1: 0100007F:0CEA 0200007F:9C40 06 00000000:00000000 03:00000000 00000000     0        0 0 3 x\n"
      "   2: 00000000000000000000000000000000:0CEB 00000000000000000000000000000000:0000 0A "
      "00000000:00000000 "
      "00:00000000 00000000     0        0 77 1\n"
      "   3: 0000000000000000FFFF00000100007F:0CEA 0000000000000000FFFF00000100007F:1000 01 "
      "00000000:00000000 "
      "00:00000000 00000000     0        0 78 1\n"
      "garbage\n");
  ASSERT_EQ(sockets.size(), 4u);
  EXPECT_EQ(sockets[0].address, "127.0.0.1");
  EXPECT_EQ(sockets[0].port, 3306);
  EXPECT_TRUE(sockets[0].listening);
  EXPECT_EQ(sockets[0].inode, 1234u);
  EXPECT_FALSE(sockets[1].listening);
  EXPECT_EQ(sockets[2].address, "::");
  EXPECT_TRUE(serves(sockets[2], 3307, "10.0.0.1")) << "every address";
  EXPECT_FALSE(serves(sockets[0], 3306, "10.0.0.1")) << "another server's address";
  EXPECT_FALSE(serves(sockets[0], 3307, ""));
  EXPECT_TRUE(serves(sockets[3], 3306, "127.0.0.1")) << "IPv4 on an IPv6 socket";
}

// A child that listens on a free loopback port, says which, and waits for ever.
class Listener {
 public:
  explicit Listener(bool stopped = false) {
    int pipe_ends[2];
    EXPECT_EQ(pipe(pipe_ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const int fd = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof address;
      if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 5) != 0) _exit(1);
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
      const uint16_t port = ntohs(address.sin_port);
      if (write(pipe_ends[1], &port, sizeof port) != sizeof port) _exit(1);
      if (stopped) raise(SIGSTOP);
      while (true) pause();
    }
    EXPECT_EQ(read(pipe_ends[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
    close(pipe_ends[0]);
    close(pipe_ends[1]);
  }
  ~Listener() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  uint16_t port() const { return port_; }
  int pid() const { return pid_; }
  bool killed() const {
    int status = 0;
    return waitpid(pid_, &status, WNOHANG) == pid_ && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  int pid_ = 0;
  uint16_t port_ = 0;
};

TEST(Fence, ends_whoever_listens_on_the_port_and_nobody_else) {
  Listener server, neighbour;
  const FenceReport report = fence({.port = server.port()}, ProcFs());
  EXPECT_TRUE(report.proven()) << report.reason;
  EXPECT_TRUE(report.port_free);
  ASSERT_EQ(report.killed.size(), 1u);
  EXPECT_EQ(report.killed[0].pid, server.pid());
  EXPECT_TRUE(server.killed());
  EXPECT_FALSE(neighbour.killed());
  EXPECT_THAT(json_line(report), HasSubstr("\"port_free\":true"));
}

TEST(Fence, a_stopped_server_is_ended_too) {
  Listener server(true);
  EXPECT_TRUE(fence({.port = server.port()}, ProcFs()).proven());
  EXPECT_TRUE(server.killed());
}

TEST(Fence, a_free_port_is_proven_without_killing) {
  uint16_t port = 0;
  {
    Listener gone;
    port = gone.port();
  }
  const FenceReport report = fence({.port = port}, ProcFs());
  EXPECT_TRUE(report.proven()) << report.reason;
  EXPECT_TRUE(report.killed.empty());
}

TEST(Fence, a_server_on_another_address_is_left_alone) {
  Listener server;
  const FenceReport report = fence({.port = server.port(), .address = "127.0.0.9"}, ProcFs());
  EXPECT_TRUE(report.proven()) << report.reason;
  EXPECT_TRUE(report.killed.empty());
  EXPECT_FALSE(server.killed());
}

TEST(Fence, the_holder_itself_is_never_its_own_victim) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(fd, 5), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  const FenceReport report = fence({.port = ntohs(address.sin_port)}, ProcFs());
  EXPECT_FALSE(report.proven());
  EXPECT_FALSE(report.port_free);
  EXPECT_THAT(report.reason, HasSubstr("holds the listening socket itself"));
  close(fd);
}

// The server closed its listening socket but still works for a client: nothing is killed, nothing is proven.
TEST(Fence, an_open_connection_of_the_port_speaks_against_the_proof) {
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listening, 5), 0);
  getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), size), 0);
  const int served = accept(listening, nullptr, nullptr);
  ASSERT_GE(served, 0);
  close(listening);
  const FenceOrder order{.port = ntohs(address.sin_port),
                         .address = "",
                         .pid_file = "",
                         .timeout = std::chrono::milliseconds(50)};
  const FenceReport report = fence(order, ProcFs());
  EXPECT_THAT(report.reason, HasSubstr("still open in process " + std::to_string(getpid())));
  close(client);
  close(served);
}

}  // namespace
}  // namespace tanist::nodetools

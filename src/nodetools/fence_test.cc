#include "nodetools/fence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "nodetools/server_end.h"

namespace tanist::nodetools {
namespace {

using testing::HasSubstr;

// A fence also looks at servers that do not listen yet: in a network of their own these tests cannot meet others'.
class OwnNetwork : public testing::Environment {
 public:
  void SetUp() override {
    ASSERT_TRUE(unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    ifreq loopback{};
    strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    ASSERT_EQ(ioctl(fd, SIOCSIFFLAGS, &loopback), 0);
    close(fd);
  }
};
const auto* const own_network = testing::AddGlobalTestEnvironment(new OwnNetwork);

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

Systemd no_systemd() {
  return Systemd([](const std::vector<std::string>&) { return Result<std::string>(std::string()); }, false);
}

TEST(Sockets, our_own_addresses_are_known) {
  EXPECT_TRUE(is_our_address("127.0.0.1"));
  EXPECT_FALSE(is_our_address("192.0.2.1"));
  EXPECT_FALSE(is_our_address(""));
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
  const FenceReport report = fence({.port = server.port()}, ProcFs(), no_systemd());
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
  EXPECT_TRUE(fence({.port = server.port()}, ProcFs(), no_systemd()).proven());
  EXPECT_TRUE(server.killed());
}

TEST(Fence, a_free_port_is_proven_without_killing) {
  uint16_t port = 0;
  {
    Listener gone;
    port = gone.port();
  }
  const FenceReport report = fence({.port = port}, ProcFs(), no_systemd());
  EXPECT_TRUE(report.proven()) << report.reason;
  EXPECT_TRUE(report.killed.empty());
}

TEST(Fence, a_server_on_another_address_is_left_alone) {
  Listener server;
  const FenceReport report = fence({.port = server.port(), .address = "127.0.0.9"}, ProcFs(), no_systemd());
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
  const FenceReport report = fence({.port = ntohs(address.sin_port)}, ProcFs(), no_systemd());
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
  const FenceReport report = fence(order, ProcFs(), no_systemd());
  EXPECT_THAT(report.reason, HasSubstr("still open in process " + std::to_string(getpid())));
  close(client);
  close(served);
}

// What mysqld_safe does, as processes of the same names: starts a server, waits for it, starts it again.
class SafeScript {
 public:
  explicit SafeScript(uint16_t port, bool with_server = true) {
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_NAME, "mysqld_safe");
    while (!with_server) pause();
    while (true) {
      const int server = fork();
      if (server == 0) serve(port);
      waitpid(server, nullptr, 0);
    }
  }
  ~SafeScript() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  int pid() const { return pid_; }
  bool gone() const { return waitpid(pid_, nullptr, WNOHANG) == pid_; }

 private:
  [[noreturn]] static void serve(uint16_t port) {
    prctl(PR_SET_NAME, "mysqld");
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 5) != 0) _exit(1);
    while (true) pause();
  }

  int pid_ = 0;
};

uint16_t free_port() {
  Listener gone;
  return gone.port();
}

bool listens(uint16_t port) {
  const auto sockets = ProcFs().sockets();
  return std::any_of(sockets->begin(), sockets->end(),
                     [port](const Socket& socket) { return socket.listening && socket.port == port; });
}

TEST(Fence, whoever_would_start_the_server_again_is_ended_first) {
  const uint16_t port = free_port();
  SafeScript safe(port);
  while (!listens(port)) pause_briefly();
  const FenceReport report = fence({.port = port}, ProcFs(), no_systemd());
  EXPECT_TRUE(report.proven()) << report.reason;
  ASSERT_EQ(report.killed.size(), 2u);
  EXPECT_EQ(report.killed[0].comm, "mysqld_safe");
  EXPECT_EQ(report.killed[1].comm, "mysqld");
  EXPECT_TRUE(safe.gone());
  EXPECT_FALSE(listens(port));
}

TEST(Fence, a_safe_script_between_two_servers_is_ended) {
  SafeScript safe(free_port(), false);
  while (about_to_serve(ProcFs()).empty()) pause_briefly();
  const FenceReport report = fence({.port = free_port()}, ProcFs(), no_systemd());
  EXPECT_TRUE(report.proven()) << report.reason;
  ASSERT_EQ(report.killed.size(), 1u);
  EXPECT_EQ(report.killed[0].comm, "mysqld_safe");
}

TEST(Fence, of_two_servers_that_do_not_listen_yet_neither_is_touched) {
  SafeScript one(free_port(), false), other(free_port(), false);
  while (about_to_serve(ProcFs()).size() < 2) pause_briefly();
  const FenceReport report = fence({.port = free_port()}, ProcFs(), no_systemd());
  EXPECT_THAT(report.reason, HasSubstr("cannot be told"));
  EXPECT_TRUE(report.killed.empty());
  EXPECT_FALSE(one.gone());
}

// A systemd that is asked by tests: answers `show` as told, and after `stop` nothing is starting any more.
struct PlayedSystemd {
  std::string shown;
  std::vector<std::string> asked;
  bool refuses = false;

  Systemd systemd() {
    return Systemd(
        [this](const std::vector<std::string>& argv) -> Result<std::string> {
          asked.push_back(join(argv, " "));
          if (argv[1] != "stop") return shown;
          if (refuses) return fail(Errc::refused, "systemctl: Interactive authentication required.");
          shown.clear();
          return std::string();
        },
        true);
  }
};

constexpr const char* kRestarting = "Id=mariadb.service\nSubState=auto-restart\n\nId=mysqld@2.service\nSubState=running\n";

TEST(Fence, a_unit_that_waits_to_be_started_again_is_stopped) {
  PlayedSystemd played{kRestarting, {}};
  const FenceReport report = fence({.port = free_port()}, ProcFs(), played.systemd());
  EXPECT_TRUE(report.proven()) << report.reason;
  EXPECT_THAT(report.stopped_units, testing::ElementsAre("mariadb.service"));
  EXPECT_THAT(json_line(report), HasSubstr("\"stopped_units\":[\"mariadb.service\"]"));
}

TEST(Fence, a_unit_that_may_not_be_stopped_speaks_against_the_proof) {
  PlayedSystemd played{kRestarting, {}, true};
  const FenceReport report = fence({.port = free_port()}, ProcFs(), played.systemd());
  EXPECT_THAT(report.reason, HasSubstr("systemd may start the server again: stop mariadb.service"));
}

TEST(Fence, of_two_units_being_started_neither_is_touched) {
  PlayedSystemd played{"Id=mysqld@1.service\nSubState=auto-restart\n\nId=mysqld@2.service\nSubState=start\n", {}};
  const FenceReport report = fence({.port = free_port()}, ProcFs(), played.systemd());
  EXPECT_THAT(report.reason, HasSubstr("mysqld@1.service, mysqld@2.service"));
  EXPECT_TRUE(report.stopped_units.empty());
}

TEST(Systemd, only_the_unit_that_the_server_leads_is_its_own) {
  PlayedSystemd played{"MainPID=412\n", {}};
  const Systemd systemd = played.systemd();
  EXPECT_EQ(systemd.unit_led_by({.pid = 412, .unit = "mariadb.service"}, std::nullopt), "mariadb.service");
  EXPECT_EQ(systemd.unit_led_by({.pid = 500, .unit = "ssh.service"}, std::nullopt), "") << "started by hand";
  EXPECT_EQ(systemd.unit_led_by({.pid = 500, .unit = "mysql.service"}, Process{.pid = 412, .comm = "mysqld_safe"}),
            "mysql.service");
  EXPECT_EQ(no_systemd().unit_led_by({.pid = 412, .unit = "mariadb.service"}, std::nullopt), "");
}

}  // namespace
}  // namespace tanist::nodetools

// A real sshd on the loopback address for tests: own port, own host key, own user key, all in a temporary
// directory.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "remote/shell.h"
#include "sys/reactor.h"
#include "sys/temporary_directory.h"
#include "sys/unique_fd.h"

namespace tanist::remote {

class TestSshd {
 public:
  static sys::Task<Result<std::unique_ptr<TestSshd>>> start(sys::Reactor& reactor, sys::Processes& processes,
                                                            const sys::TemporaryDirectory& directory) {
    TimePoint deadline = reactor.now() + std::chrono::seconds(20);
    for (const char* key : {"host_key", "user_key"}) {
      sys::ProcessSpec keygen;
      keygen.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory.file(key)};
      keygen.deadline = deadline;
      auto made = co_await processes.run(std::move(keygen));
      if (!made || !made->status.ok()) co_return fail(Errc::io, "ssh-keygen failed");
    }
    std::unique_ptr<TestSshd> sshd(new TestSshd(reactor, directory));
    sshd->write_configuration();
    sys::ProcessSpec daemon;
    // It ends with us also when the test is killed.
    daemon.argv = {"setpriv", "--pdeathsig", "KILL", "/usr/sbin/sshd",
                   "-D",      "-e",          "-f",   directory.file("sshd_config")};
    daemon.deadline = TimePoint::max();
    auto started = processes.start(std::move(daemon));
    if (!started) co_return fail(started.error());
    sshd->daemon_ = std::move(*started);
    while (sshd->daemon_->errors().find("Server listening") == std::string::npos) {
      if (reactor.now() > deadline) co_return fail(Errc::timeout, "sshd says: " + sshd->daemon_->errors());
      co_await sys::sleep_for(reactor, std::chrono::milliseconds(2));
    }
    co_return sshd;
  }

  static uint16_t free_port() {
    sys::UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    TANIST_CHECK(::bind(probe.get(), generic, size) == 0 && ::getsockname(probe.get(), generic, &size) == 0);
    return ::ntohs(address.sin_port);
  }

  // The client's options keep the user's own configuration and known hosts out.
  Host host(const std::string& name = "db1") const {
    Host made;
    made.name = name;
    made.address = "127.0.0.1";
    made.port = port_;
    made.user = ::getpwuid(::geteuid())->pw_name;
    made.options = {
        "-F", "/dev/null",
        "-i", path("user_key"),
        "-o", "IdentitiesOnly=yes",
        "-o", "UserKnownHostsFile=" + path("known_hosts"),
        "-o", "KexAlgorithms=curve25519-sha256"};  // the default one costs 0.3 s of processor time
    made.connect_timeout = std::chrono::seconds(5);
    return made;
  }

  int pid() const { return daemon_->pid(); }

  // The processes that serve the connections of now.
  std::vector<int> sessions() const {
    std::string number = std::to_string(pid());
    std::ifstream children("/proc/" + number + "/task/" + number + "/children");
    std::vector<int> pids;
    for (int child; children >> child;) pids.push_back(child);
    return pids;
  }

  sys::Task<bool> all_sessions_ended(TimePoint deadline) {
    while (!sessions().empty() && reactor_.now() < deadline) {
      co_await sys::sleep_for(reactor_, std::chrono::milliseconds(2));
    }
    co_return sessions().empty();
  }

  // The daemon's sessions have process groups of their own, so they are ended before it.
  sys::Task<void> stop() {
    for (int session : sessions()) ::kill(session, SIGKILL);
    ::kill(pid(), SIGTERM);
    co_await daemon_->wait(reactor_.now() + std::chrono::seconds(5));
  }

 private:
  TestSshd(sys::Reactor& reactor, const sys::TemporaryDirectory& directory)
      : reactor_(reactor), directory_(directory) {}
  std::string path(const std::string& name) const { return directory_.file(name); }

  void write_configuration() {
    if (::geteuid() == 0) std::filesystem::create_directories("/run/sshd");  // sshd insists on it
    std::filesystem::copy_file(path("user_key.pub"), path("authorized_keys"));
    // HOME: the login scripts of whoever runs the test are not part of it, and can take half a second.
    std::ofstream(path("sshd_config"))
        << "ListenAddress 127.0.0.1\nPort " << port_ << "\nHostKey " << path("host_key")
        << "\nAuthorizedKeysFile " << path("authorized_keys") << "\nSetEnv HOME=" << path("")
        << "\nStrictModes no\nPidFile none\nUsePAM no\nUseDNS no\n"
        << "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        << "PermitRootLogin yes\n";
  }

  sys::Reactor& reactor_;
  const sys::TemporaryDirectory& directory_;
  uint16_t port_ = free_port();
  std::unique_ptr<sys::Child> daemon_;
};

}  // namespace tanist::remote

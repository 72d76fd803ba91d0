// Commands on other hosts through OpenSSH's own client, with one warm multiplexed connection per host, so
// that a command costs a few milliseconds when it matters. ssh_options, ssh_config and agents keep working.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "sys/process.h"
#include "sys/task.h"

namespace tanist::remote {

struct Host {
  std::string name;     // for messages
  std::string address;  // what is connected to
  uint16_t port = 22;
  std::string user;
  std::vector<std::string> options;  // ssh_options of the configuration, split into words
  Duration connect_timeout{};
};

struct Command {
  std::vector<std::string> argv;  // quoted for the remote shell by the implementation
  std::string stdin_text;
  TimePoint deadline;
  std::function<void(std::string_view)> on_output;  // as in ProcessSpec
};

// ssh's own failures (exit 255, cannot connect) are Errors with Errc::unreachable; everything else is a
// result.
class Shell {
 public:
  virtual ~Shell() = default;
  // Opens the warm connection if it is not open. Errc::unreachable or Errc::timeout say that the host cannot
  // be used.
  virtual sys::Task<Status> connect(Host host, TimePoint deadline) = 0;
  virtual sys::Task<Result<sys::ProcessResult>> run(Host host, Command command) = 0;
  // A command that is talked with; it loses its stdin, and so ends, when we do.
  virtual sys::Task<Result<std::unique_ptr<sys::Child>>> start(Host host, Command command) = 0;
  // Whole files, verified by size and SHA-256 on both ends; the target is written beside and renamed.
  virtual sys::Task<Status> fetch(Host host, std::string remote_path, std::string local_path,
                                  TimePoint deadline) = 0;
  virtual sys::Task<Status> send(Host host, std::string local_path, std::string remote_path, unsigned mode,
                                 TimePoint deadline) = 0;
  // The path of a usable tanist-node on that host; copies ours there when it is missing or of another
  // version.
  virtual sys::Task<Result<std::string>> node(Host host, std::string workdir, TimePoint deadline) = 0;
};

}  // namespace tanist::remote

// Shell over OpenSSH's client. Sockets lie in a private directory of this process and are gone with it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "remote/copier.h"
#include "remote/node_provider.h"
#include "remote/shell.h"
#include "remote/warm_host.h"
#include "sys/clock.h"
#include "sys/entropy.h"
#include "sys/files.h"
#include "sys/temporary_directory.h"

namespace tanist::remote {

class OpenSsh : public Shell, private ScriptRunner {
 public:
  struct World {
    sys::Processes& processes;
    sys::Clock& clock;
    sys::Files& files;
    sys::Entropy& entropy;
  };

  // `run_dir` must exist; the name of a socket in it may have some 100 bytes in all, so it must be short.
  // `node_binary` is our own tanist-node.
  static Result<std::unique_ptr<OpenSsh>> open(World world, const std::string& run_dir,
                                               const std::string& node_binary);

  sys::Task<Status> connect(Host host, TimePoint deadline) override;
  sys::Task<Result<sys::ProcessResult>> run(Host host, Command command) override;
  sys::Task<Result<std::unique_ptr<sys::Child>>> start(Host host, Command command) override;
  sys::Task<Status> fetch(Host host, std::string remote_path, std::string local_path,
                          TimePoint deadline) override;
  sys::Task<Status> send(Host host, std::string local_path, std::string remote_path, unsigned mode,
                         TimePoint deadline) override;
  sys::Task<Result<std::string>> node(Host host, std::string workdir, TimePoint deadline) override;

  // Ends all connections properly; without it they are killed at our end.
  sys::Task<void> close_all(TimePoint deadline);

 private:
  OpenSsh(World world, sys::TemporaryDirectory sockets, const std::string& node_binary);
  sys::Task<Result<sys::ProcessResult>> run_script(Host host, std::string script,
                                                   sys::ProcessSpec spec) override;
  std::string bounded_by(TimePoint deadline, const std::string& script) const;
  WarmHost& warm(const Host& host);

  World world_;
  sys::TemporaryDirectory sockets_;
  Copier copier_;
  NodeProvider node_provider_;
  std::map<std::string, std::unique_ptr<WarmHost>> warm_hosts_;
};

}  // namespace tanist::remote

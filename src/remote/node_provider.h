// A usable tanist-node on a host: the packaged one when it is our version, else our own binary, sent to the
// host's work directory once and found there the next time. Whoever sets up a cluster need not install
// anything on database hosts.
#pragma once

#include <optional>
#include <string>

#include "remote/copier.h"
#include "remote/shell.h"

namespace tanist::remote {

class NodeProvider {
 public:
  // `own_binary`: where our own is on this host; it also says which version is the right one.
  NodeProvider(Shell& shell, sys::Processes& processes, Copier& copier, std::string own_binary)
      : shell_(shell), processes_(processes), copier_(copier), own_binary_(std::move(own_binary)) {}

  sys::Task<Result<std::string>> path(Host host, std::string workdir, TimePoint deadline);

 private:
  struct Own {
    std::string version_line;  // what our own binary says, and so what a usable one must say
    std::string file_name;     // tanist-node-<version>-<hash8>
  };
  sys::Task<Result<Own>> own(TimePoint deadline);
  // The first of the candidates that says the version line. Errc::not_found, with what the others said, if
  // none does.
  sys::Task<Result<std::string>> find(Host host, std::vector<std::string> candidates,
                                      std::string version_line, TimePoint deadline);

  Shell& shell_;
  sys::Processes& processes_;
  Copier& copier_;
  std::string own_binary_;
  std::optional<Own> own_;
};

}  // namespace tanist::remote

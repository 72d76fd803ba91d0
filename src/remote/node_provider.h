// A usable tanist-node on a host: the packaged one when it is our version, else our own binary, sent to the
// host's work directory once and found there the next time. Whoever sets up a cluster need not install
// anything on database hosts.
#pragma once

#include <map>
#include <string>

#include "remote/copier.h"
#include "remote/shell.h"
#include "sys/clock.h"
#include "sys/turns.h"

namespace tanist::remote {

class NodeProvider {
 public:
  // `own_binary`: where our own is on this host; it also says which version is the right one.
  NodeProvider(Shell& shell, sys::Processes& processes, sys::Clock& clock, Copier& copier, std::string own_binary)
      : shell_(shell), processes_(processes), clock_(clock), copier_(copier), own_binary_(std::move(own_binary)) {}

  // Whoever asks again within moments gets the same answer: the steps of a failover follow each other closely.
  sys::Task<Result<std::string>> path(Host host, std::string workdir, TimePoint deadline);

 private:
  struct Found {
    std::string path;
    TimePoint when;
  };
  using Text = Result<std::string>;
  sys::Task<Text> find_or_send(Host host, std::string workdir, TimePoint deadline);
  // What our own binary says, and so what a usable one must say.
  sys::Task<Text> ask_version_line(TimePoint deadline);
  // tanist-node-<version>-<hash8>: for hosts without the package only, since the hash is of millions of bytes.
  sys::Task<Text> make_file_name(TimePoint deadline);
  // The first who asks finds it out; everybody else's task is never started.
  sys::Task<Text> once(std::string* known, sys::Task<Text> finding);
  // The candidate if it says the version line. Errc::not_found, with what it said, if it does not.
  sys::Task<Text> find(Host host, std::string candidate, TimePoint deadline);

  Shell& shell_;
  sys::Processes& processes_;
  sys::Clock& clock_;
  Copier& copier_;
  std::string own_binary_;
  sys::Turns turns_;  // all hosts are asked at once, and each wants the same of our own binary
  std::string version_line_;
  std::string file_name_;
  std::map<std::string, Found> found_;  // by connection and work directory
};

}  // namespace tanist::remote

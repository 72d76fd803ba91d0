// tanist-node on the simulated hosts: tail, standin, fence, save_binary_logs, in the words of the real one.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "channel.h"
#include "remote/shell.h"
#include "standin/profile.h"
#include "world.h"

namespace tanist::sim {

struct Job;

class StandIn : public Source {
 public:
  StandIn(World& world, int host, std::string what, std::vector<File> files)
      : reported(world.clock), world_(world), host_(host), what_(std::move(what)), files_(std::move(files)) {}

  int host() const override { return host_; }
  bool frozen() const override { return false; }
  const std::vector<File>& files() const override { return files_; }
  std::string log_in(const std::string& user, const std::string& password,
                     const std::string& address) override;
  std::string describe() const override { return what_; }

  bool listen(uint16_t port);
  void end();
  bool ended() const { return !port_; }

  std::vector<std::string> report;  // lines after the first
  sys::Event reported;
  std::vector<standin::Credential> users;
  std::vector<std::string> addresses;

 private:
  std::string deny(std::string reason, const std::string& address);

  World& world_;
  int host_;
  std::string what_;
  std::vector<File> files_;
  std::optional<uint16_t> port_;
};

class Nodes {
 public:
  explicit Nodes(World& world);

  sys::ProcessResult run(int host, const std::vector<std::string>& argv, const std::string& input);
  // The first line of a stand-in, and itself if it listens.
  std::pair<std::string, StandIn*> start_stand_in(int host, const std::string& job);

  void end_stand_ins();
  std::string last_job;  // of a stand-in, as it was told

  bool fenced = false;  // a fence has proven that the old primary's process is gone
  // What a story can do to a host's logs: they cannot be read; or their last transactions are kept back, which no
  // sound node does.
  std::set<int> unreadable;
  int kept_back = 0;
  std::map<int, Server*> copies;  // hosts that hold whole copies of a server's binary log

 private:
  std::string tail(int host, const std::string& job, StandIn** serving);

  World& world_;
  std::vector<std::unique_ptr<StandIn>> stand_ins_;
};

}  // namespace tanist::sim

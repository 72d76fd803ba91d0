// Watches for primaries that were replaced and come back: they take no writes, whatever else becomes of them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "daemon/rejoiner.h"

namespace tanist::daemon {

class ReturnGuard {
 public:
  // `file`: with the servers that are out. All must outlive it. `paused`: nothing may be done now, only said.
  // `still_ours`: R6.
  ReturnGuard(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file, std::function<bool()> paused,
              std::function<Status()> still_ours);

  // A look at each of them, every second until `stop`. Calls `changed` when one of them belongs to the cluster again.
  sys::Task<void> run(ServerId primary, sys::Event& stop, std::function<void()> changed);

  // A person wants this one to be a replica, paused or not. What was done, or why it was not.
  sys::Task<Result<std::string>> rejoin(store::Address server, RejoinWord word, TimePoint deadline);

 private:
  struct Known {
    std::unique_ptr<execute::Server> server;
    bool answered = false;
    std::string said;  // of its return, so that it is said once
  };

  // Answered by the next round, so that nobody else is at work on that server.
  struct Asked {
    explicit Asked(sys::Clock& clock) : answered(clock) {}
    store::Address server;
    RejoinWord word = RejoinWord::none;
    Result<std::string> answer;
    sys::Event answered;
  };

  sys::Task<void> answer_asked(ServerId primary, std::function<void()>& changed);
  sys::Task<Result<Rejoined>> serve(const store::Deposed& deposed, ServerId primary, RejoinWord word);
  sys::Task<bool> look_at(const store::Deposed& deposed, ServerId primary);
  void welcome(const store::Deposed& deposed, std::function<void()>& changed);
  void say(Known& known, const std::string& sentence);

  manager::Cluster& cluster_;
  store::Memory& memory_;
  const config::ClusterConfig& file_;
  std::function<bool()> paused_;
  Rejoiner rejoiner_;
  std::map<store::Address, Known> known_;
  std::deque<std::shared_ptr<Asked>> asked_;
};

}  // namespace tanist::daemon

#include "sys/child_life.h"

#include <sys/wait.h>

#include <csignal>

namespace tanist::sys {

using namespace std::chrono_literals;

namespace {

constexpr Duration kKillTakes = 2s;

Task<void> keep_to(std::shared_ptr<ChildLife> life, TimePoint deadline) { co_await life->end_by(deadline); }

}  // namespace

void ChildLife::kill_group() {
  if (over_) return;
  status_.ended_by_us = true;
  ::kill(-pid_, SIGKILL);
}

bool ChildLife::reap() {
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) == 0) return false;
  over_ = true;
  if (WIFEXITED(raw)) status_.code = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) status_.signal = WTERMSIG(raw);
  ended_.set();
  return true;
}

Task<ExitStatus> ChildLife::end_by(TimePoint deadline) {
  bool ended = co_await ended_.wait_until(deadline);
  if (!ended) {
    kill_group();
    ended = co_await ended_.wait_until(clock_.now() + kKillTakes);
  }
  if (!ended) status_.signal = SIGKILL;
  co_return status_;
}

std::shared_ptr<ChildLife> Nursery::adopt(int pid, TimePoint deadline) {
  auto life = std::make_shared<ChildLife>(clock_, pid);
  alive_.push_back(life);
  start_detached(keep_to(life, deadline));
  reap();  // it may have ended before we watched
  return life;
}

void Nursery::reap() {
  std::erase_if(alive_, [](const std::shared_ptr<ChildLife>& life) { return life->reap(); });
}

}  // namespace tanist::sys

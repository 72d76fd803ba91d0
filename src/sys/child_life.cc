#include "sys/child_life.h"

#include <sys/wait.h>

#include <csignal>

namespace tanist::sys {

using namespace std::chrono_literals;

namespace {

constexpr Duration kKillTakes = 2s;

}  // namespace

void ChildLife::kill_group() {
  if (over_) return;
  status_.ended_by_us = true;
  ::kill(-pid_, SIGKILL);
}

// A timer and not a waiting task: it goes with the child, also when the loop ends before anybody is woken.
void ChildLife::kill_at(TimePoint deadline) {
  kill_timer_ = clock_.call_at(deadline, [child = weak_from_this()] {
    if (auto life = child.lock()) life->kill_group();
  });
}

bool ChildLife::reap() {
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) == 0) return false;
  over_ = true;
  if (WIFEXITED(raw)) status_.code = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) status_.signal = WTERMSIG(raw);
  clock_.cancel(kill_timer_);
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
  life->kill_at(deadline);
  reap();  // it may have ended before we watched
  return life;
}

void Nursery::reap() {
  std::erase_if(alive_, [](const std::shared_ptr<ChildLife>& life) { return life->reap(); });
}

void Nursery::kill_all() {
  reap();
  for (const auto& life : alive_) life->kill_group();
}

}  // namespace tanist::sys

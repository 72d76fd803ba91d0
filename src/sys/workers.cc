#include "sys/workers.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace tanist::sys {

namespace {
constexpr auto kIdle = std::chrono::seconds(5);
}

struct Workers::State {
  std::mutex mutex;
  std::condition_variable more;
  std::deque<std::function<void()>> waiting;  // at most one for each idle thread
  size_t idle = 0;
};

Workers::Workers() : state_(std::make_shared<State>()) {}

bool Workers::run(std::function<void()> work) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->idle > state_->waiting.size()) {
      state_->waiting.push_back(std::move(work));
      state_->more.notify_one();
      return true;
    }
  }
  // Signals are the main thread's: one that waits for them must get them, whoever else has nothing to do.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  bool begun = true;
  try {
    std::thread(serve, state_, std::move(work)).detach();
  } catch (const std::system_error&) {
    begun = false;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return begun;
}

void Workers::serve(std::shared_ptr<State> state, std::function<void()> work) {
  for (;;) {
    work();
    work = nullptr;  // what it holds is released now
    std::unique_lock lock(state->mutex);
    ++state->idle;
    const bool found = state->more.wait_for(lock, kIdle, [&] { return !state->waiting.empty(); });
    --state->idle;
    if (!found) return;
    work = std::move(state->waiting.front());
    state->waiting.pop_front();
  }
}

}  // namespace tanist::sys

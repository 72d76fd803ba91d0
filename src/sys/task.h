// Task<T>: a lazily started coroutine with one awaiter, the way everything that waits is written here.
//
//   Task<Result<Rows>> read(Session& session, TimePoint deadline) {
//     auto rows = co_await session.query("SELECT 1", deadline);
//     ...
//
// Why not asio::awaitable: it would pull Asio into every header (4.5 s a translation unit) and tie every wait to a
// real reactor. Here the only primitives below a Task are Clock::call_at and a Completion set by whoever does the
// I/O, so the same code runs on Asio in production and on an event queue in simulation. One thread; no locking.
//
// g++ 12: take parameters by value, keep temporaries with destructors out of co_await argument lists.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sys/clock.h"

namespace tanist::sys {

template <class T>
class Task;

namespace detail {

// What is left at the end of a coroutine: go on with whoever awaited it.
struct FinalAwaiter {
  bool await_ready() noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
    return done.promise().awaiter ? done.promise().awaiter : std::noop_coroutine();
  }
  void await_resume() noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> awaiter;
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  // Errors are values; an exception that reaches here is a broken promise of our own code or of a library.
  void unhandled_exception() noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
    handle_.promise().awaiter = awaiter;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
  }

 private:
  Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// A coroutine that owns itself: starts at once, frees itself at the end.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};
}  // namespace detail

// The meeting point of a wait and of what ends it. The side that does the I/O keeps a copy and calls set() once;
// later calls are ignored, so that an answer and its deadline may race.
template <class T>
class Completion {
 public:
  bool is_set() const { return state_->value.has_value(); }
  void set(T value) const {
    if (is_set()) return;
    state_->value.emplace(std::move(value));
    if (auto waiter = std::exchange(state_->waiter, {})) waiter.resume();
  }
  bool await_ready() const noexcept { return is_set(); }
  void await_suspend(std::coroutine_handle<> waiter) const noexcept { state_->waiter = waiter; }
  T await_resume() const { return std::move(*state_->value); }

 private:
  struct State {
    std::optional<T> value;
    std::coroutine_handle<> waiter;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

Task<void> sleep_until(Clock& clock, TimePoint when);
inline Task<void> sleep_for(Clock& clock, Duration duration) { return sleep_until(clock, clock.now() + duration); }

// Runs a task without an awaiter. The task must end by itself (deadlines!); use TaskGroup to wait for it.
void start_detached(Task<void> task);

// Starts all tasks at once and waits for all; results in the order of the tasks.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  struct Join {
    std::vector<std::optional<T>> results;
    size_t left;
    Completion<bool> done;
  };
  auto join = std::make_shared<Join>();
  join->results.resize(tasks.size());
  join->left = tasks.size();
  auto run_one = [](std::shared_ptr<Join> shared, size_t index, Task<T> task) -> Task<void> {
    shared->results[index].emplace(co_await std::move(task));
    if (--shared->left == 0) shared->done.set(true);
  };
  if (tasks.empty()) co_return std::vector<T>{};
  for (size_t i = 0; i < tasks.size(); ++i) start_detached(run_one(join, i, std::move(tasks[i])));
  co_await join->done;
  std::vector<T> results;
  results.reserve(join->results.size());
  for (auto& result : join->results) results.push_back(std::move(*result));
  co_return results;
}
Task<void> when_all(std::vector<Task<void>> tasks);

// Tasks that run beside their owner; wait() returns when all have ended.
class TaskGroup {
 public:
  void start(Task<void> task);
  bool idle() const { return state_->running == 0; }
  Task<void> wait();

 private:
  struct State {
    size_t running = 0;
    std::optional<Completion<bool>> idle;
  };
  static Task<void> run(std::shared_ptr<State> state, Task<void> task);
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// A flag that tasks can wait for, each with its own deadline. Waiters are resumed from the clock's queue, never from
// inside set(), so that setting it cannot re-enter the caller.
class Event {
 public:
  explicit Event(Clock& clock) : clock_(clock) {}
  bool is_set() const { return set_; }
  void set();
  void clear() { set_ = false; }
  // True if the event was set, false if the deadline came first.
  Task<bool> wait_until(TimePoint deadline);

 private:
  Clock& clock_;
  bool set_ = false;
  std::vector<Completion<bool>> waiters_;
};

}  // namespace tanist::sys

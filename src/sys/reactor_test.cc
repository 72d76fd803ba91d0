#include "sys/reactor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <semaphore>

#include "sys/unique_fd.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    a = UniqueFd(ends[0]);
    b = UniqueFd(ends[1]);
  }
  UniqueFd a, b;
};

// Runs a story to its end on a reactor of its own.
template <class Story>
void run(Reactor& reactor, Story story) {
  auto main = [](Story& inner) -> Task<int> {
    co_await inner();
    co_return 0;
  };
  EXPECT_EQ(reactor.run(main(story)), 0);
}

TEST(Reactor, an_end_from_outside_takes_the_main_task_down_where_it_waits) {
  struct Guard {
    bool& gone;
    ~Guard() { gone = true; }
  };
  bool inner_gone = false, outer_gone = false;
  auto inner = [](Reactor& loop, bool& gone) -> Task<void> {
    Guard guard{gone};
    std::vector<Task<void>> waits;
    waits.push_back(sleep_for(loop, 1h));
    waits.push_back(sleep_for(loop, 2h));
    co_await when_all(std::move(waits));
  };
  auto main = [&inner](Reactor& loop, bool& gone, bool& inner_is_gone) -> Task<int> {
    Guard guard{gone};
    co_await inner(loop, inner_is_gone);
    co_return 0;
  };
  Reactor reactor;
  reactor.on_signal(SIGUSR2, [&reactor] { reactor.end(7); });
  reactor.call_at(reactor.now() + 1ms, [] { ::raise(SIGUSR2); });
  EXPECT_EQ(reactor.run(main(reactor, outer_gone, inner_gone)), 7);
  EXPECT_TRUE(outer_gone);
  EXPECT_TRUE(inner_gone);
}

TEST(Reactor, gives_the_exit_code_of_its_main_task) {
  Reactor reactor;
  auto main = [](Reactor& loop) -> Task<int> {
    co_await sleep_for(loop, 1ms);
    co_return 20;
  };
  EXPECT_EQ(reactor.run(main(reactor)), 20);
}

TEST(Reactor, timers_run_in_order_and_cancelled_ones_never) {
  Reactor reactor;
  std::string order;
  run(reactor, [&]() -> Task<void> {
    TimePoint start = reactor.now();
    reactor.call_at(start + 3ms, [&] { order += 'c'; });
    Clock::TimerId dropped = reactor.call_at(start + 2ms, [&] { order += 'x'; });
    reactor.call_at(start - 1h, [&] { order += 'a'; });
    reactor.call_at(start + 1ms, [&] { order += 'b'; });
    EXPECT_EQ(order, "") << "never from inside call_at";
    reactor.cancel(dropped);
    co_await sleep_for(reactor, 4ms);
  });
  EXPECT_EQ(order, "abc");
}

TEST(Reactor, a_wait_ends_with_its_data_or_its_deadline) {
  Reactor reactor;
  Pair pair;
  run(reactor, [&]() -> Task<void> {
    bool early = co_await reactor.readable(pair.a.get(), reactor.now() + 2ms);
    EXPECT_FALSE(early);
    EXPECT_EQ(::write(pair.b.get(), "x", 1), 1);
    bool now = co_await reactor.readable(pair.a.get(), reactor.now() + 10s);
    EXPECT_TRUE(now);
  });
}

TEST(Reactor, both_directions_of_one_socket_can_be_waited_for_by_two_tasks) {
  Reactor reactor;
  Pair pair;
  run(reactor, [&]() -> Task<void> {
    std::vector<Task<bool>> waits;
    waits.push_back(reactor.readable(pair.a.get(), reactor.now() + 10s));
    waits.push_back(reactor.writable(pair.a.get(), reactor.now() + 10s));
    reactor.call_at(reactor.now() + 1ms, [&] { EXPECT_EQ(::write(pair.b.get(), "x", 1), 1); });
    std::vector<bool> results = co_await when_all(std::move(waits));
    EXPECT_TRUE(results[0]);
    EXPECT_TRUE(results[1]);
  });
}

TEST(Reactor, the_other_sides_close_is_readable) {
  Reactor reactor;
  Pair pair;
  run(reactor, [&]() -> Task<void> {
    reactor.call_at(reactor.now() + 1ms, [&] { pair.b.close(); });
    bool closed = co_await reactor.readable(pair.a.get(), reactor.now() + 10s);
    EXPECT_TRUE(closed);
  });
}

TEST(Reactor, an_interrupted_wait_ends_at_once) {
  Reactor reactor;
  Pair pair;
  run(reactor, [&]() -> Task<void> {
    TimePoint start = reactor.now();
    reactor.call_at(start + 1ms, [&] { reactor.interrupt(pair.a.get()); });
    bool ready = co_await reactor.readable(pair.a.get(), start + 60s);
    EXPECT_FALSE(ready);
    EXPECT_LT(reactor.now() - start, 10s);
  });
}

TEST(Reactor, signals_call_back_each_time) {
  Reactor reactor;
  int seen = 0;
  run(reactor, [&]() -> Task<void> {
    Event twice(reactor);
    reactor.on_signal(SIGUSR1, [&] {
      if (++seen == 2) twice.set();
      else std::raise(SIGUSR1);
    });
    std::raise(SIGUSR1);
    bool came = co_await twice.wait_until(reactor.now() + 10s);
    EXPECT_TRUE(came);
  });
}

TEST(Reactor, blocking_work_does_not_hold_the_loop) {
  Reactor reactor;
  run(reactor, [&]() -> Task<void> {
    auto gate = std::make_shared<std::binary_semaphore>(0);
    std::function<void()> work = [gate] { gate->acquire(); };
    bool ended = co_await reactor.beside(work, reactor.now() + 5ms);
    EXPECT_FALSE(ended);
    gate->release();
    ended = co_await reactor.beside([] {}, reactor.now() + 10s);
    EXPECT_TRUE(ended);
  });
}

TEST(Reactor, timers_that_follow_each_other_do_not_starve_descriptors) {
  Reactor reactor;
  Pair pair;
  run(reactor, [&]() -> Task<void> {
    bool stop = false;
    std::function<void()> again = [&] {
      if (!stop) reactor.call_at(reactor.now(), again);
    };
    again();
    EXPECT_EQ(::write(pair.b.get(), "x", 1), 1);
    bool ready = co_await reactor.readable(pair.a.get(), reactor.now() + 10s);
    EXPECT_TRUE(ready);
    stop = true;
    co_await sleep_for(reactor, 1ms);
  });
}

}  // namespace
}  // namespace tanist::sys

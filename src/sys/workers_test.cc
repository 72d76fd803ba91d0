#include "sys/workers.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

namespace tanist::sys {
namespace {

TEST(Workers, run_all_at_once) {
  Workers workers;
  auto all_there = std::make_shared<std::latch>(9);  // each waits for all others
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(workers.run([all_there] { all_there->arrive_and_wait(); }));
  all_there->arrive_and_wait();
}

TEST(Workers, use_a_thread_again) {
  Workers workers;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 50; ++i) {
    std::latch done(1);
    ASSERT_TRUE(workers.run([&] {
      std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      done.count_down();
    }));
    done.wait();
  }
  EXPECT_LT(threads.size(), 50u);
}

TEST(Workers, leave_signals_to_others) {
  Workers workers;
  std::latch done(1);
  sigset_t blocked;
  sigemptyset(&blocked);
  ASSERT_TRUE(workers.run([&] {
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    done.count_down();
  }));
  done.wait();
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0) << "of the one who asked";
}

TEST(Workers, what_they_still_do_goes_on_alone) {
  auto gate = std::make_shared<std::latch>(1), ended = std::make_shared<std::latch>(1);
  {
    Workers workers;
    ASSERT_TRUE(workers.run([=] {
      gate->wait();
      ended->count_down();
    }));
  }
  gate->count_down();
  ended->wait();
}

}  // namespace
}  // namespace tanist::sys

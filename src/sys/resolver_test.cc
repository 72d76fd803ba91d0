#include "sys/resolver.h"

#include <gtest/gtest.h>

#include "sys/reactor.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;

Result<std::string> resolve(std::string name, Duration limit) {
  Reactor reactor;
  SystemResolver resolver(reactor);
  Result<std::string> result;
  auto main = [](Reactor& loop, Resolver& names, std::string what, Duration within,
                 Result<std::string>& out) -> Task<int> {
    out = co_await names.resolve(what, loop.now() + within);
    if (!out) co_await names.resolve(what, loop.now() + 20s);  // so that the look-up itself ends before the loop
    co_return 0;
  };
  reactor.run(main(reactor, resolver, name, limit, result));
  return result;
}

TEST(SystemResolver, knows_localhost_and_numbers) {
  auto localhost = resolve("localhost", 20s);
  ASSERT_TRUE(localhost);
  EXPECT_TRUE(*localhost == "127.0.0.1" || *localhost == "::1") << *localhost;
  EXPECT_EQ(resolve("10.0.0.7", 20s).value(), "10.0.0.7");
  EXPECT_EQ(resolve("fd00::7", 20s).value(), "fd00::7");
}

TEST(SystemResolver, a_bad_name_is_named) {
  auto result = resolve("no such name", 20s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unreachable);
  EXPECT_NE(result.error().what.find("no such name"), std::string::npos);
}

TEST(SystemResolver, the_deadline_holds) {
  auto result = resolve("localhost", 0s);
  EXPECT_TRUE(result || result.error().code == Errc::timeout);
}

TEST(SystemResolver, waits_for_one_name_share_one_look_up) {
  Reactor reactor;
  SystemResolver resolver(reactor);
  std::vector<Result<std::string>> results;
  auto main = [](Reactor& loop, Resolver& names, std::vector<Result<std::string>>& out) -> Task<int> {
    std::vector<Task<Result<std::string>>> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(names.resolve("localhost", loop.now() + 20s));
    out = co_await when_all(std::move(tasks));
    co_return 0;
  };
  reactor.run(main(reactor, resolver, results));
  for (const auto& result : results) EXPECT_EQ(result, results[0]);
  EXPECT_TRUE(results[0]);
}

}  // namespace
}  // namespace tanist::sys

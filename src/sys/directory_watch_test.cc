#include "sys/directory_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sys/reactor.h"
#include "sys/temporary_directory.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;

class DirectoryWatchTest : public testing::Test {
 protected:
  // Whether it is noticed. Nothing is waited for where nothing is to come.
  bool notices(Duration limit) {
    bool seen = false;
    auto main = [&]() -> Task<int> {
      seen = co_await watch->changed(reactor.now() + limit);
      co_return 0;
    };
    reactor.run(main());
    return seen;
  }

  TemporaryDirectory directory = *TemporaryDirectory::make(testing::TempDir(), "tanist-watch-");
  Reactor reactor;
  std::unique_ptr<DirectoryWatch> watch = *watch_directories(reactor);
};

TEST_F(DirectoryWatchTest, files_that_come_change_and_go_are_noticed) {
  ASSERT_TRUE(watch->add(directory.path()));
  EXPECT_FALSE(notices(1ms));
  std::ofstream(directory.file("app1.cnf")) << "new";
  EXPECT_TRUE(notices(10s));
  EXPECT_FALSE(notices(1ms)) << "told once";
  std::ofstream(directory.file("app1.cnf"), std::ios::app) << "more";
  EXPECT_TRUE(notices(10s));
  std::filesystem::rename(directory.file("app1.cnf"), directory.file("app2.cnf"));
  EXPECT_TRUE(notices(10s));
  std::filesystem::remove(directory.file("app2.cnf"));
  EXPECT_TRUE(notices(10s));
}

TEST_F(DirectoryWatchTest, a_directory_that_is_not_there_is_named) {
  auto added = watch->add(directory.file("nothing"));
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().what.find(directory.file("nothing")), std::string::npos);
}

}  // namespace
}  // namespace tanist::sys

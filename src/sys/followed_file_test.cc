#include "sys/followed_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sys/reactor.h"
#include "sys/temporary_directory.h"

namespace tanist::sys {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FollowedFileTest : public testing::Test {
 protected:
  void append(const std::string& text) { std::ofstream(path, std::ios::app) << text; }
  // Whether it is noticed within a time that is long for a yes, short for a no.
  bool noticed(Duration limit = 20s) {
    bool seen = false;
    auto main = [](FollowedFile& with, TimePoint deadline, bool& out) -> Task<int> {
      out = co_await with.changed(deadline);
      co_return 0;
    };
    reactor.run(main(*file, reactor.now() + limit, seen));
    return seen;
  }
  std::string read() { return file->read_new().value_or("an error"); }

  TemporaryDirectory directory = *TemporaryDirectory::make(testing::TempDir(), "tanist-follow-");
  std::string path = directory.file("manager.log");
  Reactor reactor;
  std::unique_ptr<FollowedFile> file = *follow_file(reactor, path);
};

TEST_F(FollowedFileTest, a_file_that_comes_is_written_and_touched) {
  EXPECT_EQ(read(), "");
  append("one\n");
  EXPECT_TRUE(noticed());
  EXPECT_EQ(read(), "one\n");
  EXPECT_EQ(read(), "");
  append("two\n");
  EXPECT_TRUE(noticed());
  EXPECT_EQ(read(), "two\n");
  fs::last_write_time(path, fs::file_time_type::clock::now() + 1h);
  EXPECT_TRUE(noticed()) << "attrib";
  std::ofstream(directory.file("another.log")) << "x";
  EXPECT_FALSE(noticed(50ms)) << "not ours";
}

TEST_F(FollowedFileTest, nothing_is_lost_when_it_is_rotated) {
  append("one\n");
  EXPECT_EQ(read(), "one\n");
  append("two\n");
  fs::rename(path, path + ".1");
  EXPECT_TRUE(noticed());
  EXPECT_EQ(read(), "two\n");
  std::ofstream(path + ".1", std::ios::app) << "late\n";  // a writer that had it open
  append("three\n");
  EXPECT_TRUE(noticed());
  EXPECT_EQ(read(), "late\nthree\n");
  EXPECT_EQ(read(), "");
}

TEST_F(FollowedFileTest, removed_truncated_and_made_anew) {
  append("a longer line\n");
  EXPECT_EQ(read(), "a longer line\n");
  fs::resize_file(path, 0);
  append("short\n");
  EXPECT_EQ(read(), "short\n");
  fs::remove(path);
  EXPECT_TRUE(noticed());
  EXPECT_EQ(read(), "");
  append("again\n");
  EXPECT_TRUE(noticed());
  EXPECT_EQ(read(), "again\n");
}

TEST_F(FollowedFileTest, the_first_look_at_a_long_file_is_at_its_end) {
  append(std::string(1 << 20, 'x') + "\nlast\n");
  EXPECT_EQ(read(), "last\n");
}

TEST_F(FollowedFileTest, a_directory_that_is_not_there_is_an_error) {
  EXPECT_FALSE(follow_file(reactor, directory.file("none/manager.log")));
}

}  // namespace
}  // namespace tanist::sys

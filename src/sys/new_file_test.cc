#include "sys/new_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "sys/posix_files.h"
#include "sys/temporary_directory.h"

namespace tanist::sys {
namespace {

class NewFileTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) { return dir_.file(name); }
  size_t files() { return PosixFiles().list(dir_.path()).value().size(); }
  TemporaryDirectory dir_ = TemporaryDirectory::make("/tmp", "new_file_test").value();
};

TEST_F(NewFileTest, appears_whole_and_private) {
  NewFile file = NewFile::create(path("out")).value();
  ASSERT_TRUE(file.write(as_bytes("ab")));
  ASSERT_TRUE(file.write(as_bytes("c")));
  EXPECT_FALSE(std::filesystem::exists(path("out")));
  ASSERT_TRUE(file.finish());
  EXPECT_EQ(PosixFiles().read(path("out")).value(), "abc");
  EXPECT_EQ(PosixFiles().facts(path("out"))->mode & 07777, 0600u);
  EXPECT_EQ(files(), 1u);
}

TEST_F(NewFileTest, leaves_nothing_when_given_up) {
  { ASSERT_TRUE(NewFile::create(path("out")).value().write(as_bytes("abc"))); }
  EXPECT_EQ(files(), 0u);
}

TEST_F(NewFileTest, replaces_a_link_and_does_not_follow_it) {
  ASSERT_TRUE(PosixFiles().replace(path("precious"), "keep"));
  std::filesystem::create_symlink(path("precious"), path("out"));
  NewFile file = NewFile::create(path("out")).value();
  ASSERT_TRUE(file.write(as_bytes("new")));
  ASSERT_TRUE(file.finish());
  EXPECT_EQ(PosixFiles().read(path("precious")).value(), "keep");
  EXPECT_EQ(PosixFiles().read(path("out")).value(), "new");
}

TEST_F(NewFileTest, a_short_write_is_an_error_and_leaves_nothing) {
  NewFile file = NewFile::create(path("out")).value();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  Status written = file.write(as_bytes(std::string(10000, 'x')));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().number, EFBIG);
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(NewFileTest, what_cannot_be_replaced_is_told_at_once) {
  EXPECT_FALSE(NewFile::create(path("no such directory/out")));
  EXPECT_EQ(NewFile::create(dir_.path()).error().what, dir_.path() + " is not a regular file");
}

}  // namespace
}  // namespace tanist::sys

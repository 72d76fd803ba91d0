#include "sys/posix_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "sys/manual_clock.h"
#include "sys/memory_files.h"
#include "sys/posix_entropy.h"

namespace tanist::sys {
namespace {

// The same promises are asked of the real files and of those in memory.
class FilesTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "memory") {
      files = std::make_unique<MemoryFiles>(clock);
      root = "/somewhere";
    } else {
      files = std::make_unique<PosixFiles>();
      root = std::filesystem::temp_directory_path() / ("tanist-files-" + PosixEntropy().hex(8));
    }
    ASSERT_TRUE(files->make_directories(root));
  }
  void TearDown() override { std::filesystem::remove_all(root); }

  ManualClock clock;
  std::unique_ptr<Files> files;
  std::string root;
};

TEST_P(FilesTest, a_renamed_file_takes_the_place_of_another) {
  ASSERT_TRUE(files->replace(root + "/new", "new", 0600));
  ASSERT_TRUE(files->replace(root + "/old", "old", 0644));
  ASSERT_TRUE(files->rename(root + "/new", root + "/old"));
  EXPECT_EQ(*files->read(root + "/old"), "new");
  EXPECT_EQ(files->facts(root + "/old")->mode, 0600u);
  EXPECT_EQ(files->facts(root + "/new").error().code, Errc::not_found);
  EXPECT_EQ(files->rename(root + "/new", root + "/old").error().code, Errc::not_found);
}

TEST_P(FilesTest, reads_what_was_written) {
  std::string path = root + "/app1.cnf";
  ASSERT_TRUE(files->replace(path, "one\n", 0640));
  ASSERT_TRUE(files->append(path, "two\n"));
  EXPECT_EQ(files->read(path).value(), "one\ntwo\n");
  EXPECT_EQ(files->facts(path)->size, 8U);
  EXPECT_EQ(files->facts(path)->mode, 0640U);
}

TEST_P(FilesTest, replacing_keeps_the_mode_of_the_old_file) {
  std::string path = root + "/secret";
  ASSERT_TRUE(files->replace(path, "old", 0600));
  ASSERT_TRUE(files->replace(path, "new", 0644));
  EXPECT_EQ(files->read(path).value(), "new");
  EXPECT_EQ(files->facts(path)->mode, 0600U);
  EXPECT_EQ(files->list(root).value(), std::vector<std::string>{"secret"}) << "no temporary file is left";
}

TEST_P(FilesTest, a_missing_file_is_not_found_and_named) {
  auto content = files->read(root + "/none");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, Errc::not_found);
  EXPECT_NE(content.error().what.find(root + "/none"), std::string::npos);
  EXPECT_EQ(files->facts(root + "/none").error().code, Errc::not_found);
  EXPECT_EQ(files->list(root + "/none").error().code, Errc::not_found);
  EXPECT_TRUE(files->remove(root + "/none"));
}

TEST_P(FilesTest, touch_creates_but_never_empties) {
  ASSERT_TRUE(files->touch(root + "/flag"));
  EXPECT_EQ(files->read(root + "/flag").value(), "");
  ASSERT_TRUE(files->append(root + "/flag", "x"));
  ASSERT_TRUE(files->touch(root + "/flag"));
  EXPECT_EQ(files->read(root + "/flag").value(), "x");
  ASSERT_TRUE(files->remove(root + "/flag"));
  EXPECT_FALSE(files->read(root + "/flag"));
}

TEST_P(FilesTest, lists_names_sorted) {
  ASSERT_TRUE(files->make_directories(root + "/a/b"));
  ASSERT_TRUE(files->touch(root + "/z"));
  ASSERT_TRUE(files->touch(root + "/c"));
  EXPECT_EQ(files->list(root).value(), (std::vector<std::string>{"a", "c", "z"}));
  EXPECT_TRUE(files->facts(root + "/a")->is_directory);
  EXPECT_TRUE(files->list(root + "/a/b")->empty());
}

INSTANTIATE_TEST_SUITE_P(Worlds, FilesTest, testing::Values("posix", "memory"),
                         [](const auto& test) { return std::string(test.param); });

TEST(PosixFiles, replacing_a_link_replaces_what_it_points_to) {
  PosixFiles files;
  std::string root = std::filesystem::temp_directory_path() / ("tanist-files-" + PosixEntropy().hex(8));
  ASSERT_TRUE(files.make_directories(root));
  ASSERT_TRUE(files.replace(root + "/real", "old"));
  ASSERT_EQ(::symlink("real", (root + "/link").c_str()), 0);
  ASSERT_TRUE(files.replace(root + "/link", "new"));
  EXPECT_EQ(files.read(root + "/real").value(), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(root + "/link"));
  std::filesystem::remove_all(root);
}

TEST(PosixFiles, a_link_that_somebody_else_put_there_is_not_followed) {
  if (::geteuid() != 0) return;  // only root can make a link of somebody else's
  std::string root = std::filesystem::temp_directory_path() / ("tanist-files-" + PosixEntropy().hex(8));
  PosixFiles files;
  ASSERT_TRUE(files.make_directories(root));
  ASSERT_TRUE(files.replace(root + "/shadow", "secret", 0600));
  ASSERT_EQ(::symlink("shadow", (root + "/app1.master_status.health").c_str()), 0);
  ASSERT_EQ(::lchown((root + "/app1.master_status.health").c_str(), 65534, 65534), 0);
  ASSERT_TRUE(files.replace(root + "/app1.master_status.health", "state"));
  EXPECT_EQ(files.read(root + "/shadow").value(), "secret");
  EXPECT_FALSE(std::filesystem::is_symlink(root + "/app1.master_status.health"));
  EXPECT_EQ(files.facts(root + "/app1.master_status.health")->mode, 0644u);
  std::filesystem::remove_all(root);
}

TEST(MemoryFiles, broken_paths_fail_until_healed) {
  ManualClock clock;
  MemoryFiles files(clock);
  files.break_writes("/var/log");
  EXPECT_FALSE(files.append("/var/log/app1.log", "x"));
  EXPECT_FALSE(files.has("/var/log/app1.log"));
  files.heal();
  EXPECT_TRUE(files.append("/var/log/app1.log", "x"));
}

TEST(PosixEntropy, gives_as_many_bytes_as_asked_for) {
  PosixEntropy entropy;
  EXPECT_EQ(entropy.hex(16).size(), 32U);
  EXPECT_NE(entropy.hex(16), entropy.hex(16));
  EXPECT_EQ(entropy.hex(8).find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace tanist::sys

#include "sys/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace tanist::sys {
namespace {

class MappedFileTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir_); }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string write(const std::string& name, const std::string& content) {
    std::ofstream(dir_ / name, std::ios::binary) << content;
    return dir_ / name;
  }
  std::filesystem::path dir_ =
      std::filesystem::temp_directory_path() / ("mapped_file_test." + std::to_string(::getpid()));
};

TEST_F(MappedFileTest, survives_removal_and_does_not_see_what_is_appended) {
  std::string path = write("log", "abc");
  MappedFile file = MappedFile::open(path).value();
  std::ofstream(path, std::ios::app) << "def";
  std::filesystem::remove(path);
  MappedFile moved = std::move(file);
  EXPECT_EQ(as_text(moved.bytes()), "abc");
  EXPECT_EQ(file.size(), 0u);
}

TEST_F(MappedFileTest, an_empty_file_is_no_error) {
  EXPECT_EQ(MappedFile::open(write("empty", "")).value().size(), 0u);
}

TEST_F(MappedFileTest, refuses_what_is_not_a_file_and_says_so) {
  EXPECT_EQ(MappedFile::open(dir_ / "none").error().code, Errc::not_found);
  EXPECT_EQ(MappedFile::open(dir_).error().what, dir_.string() + " is not a regular file");
  std::string fifo = dir_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(MappedFile::open(fifo).error().code, Errc::invalid);
}

}  // namespace
}  // namespace tanist::sys

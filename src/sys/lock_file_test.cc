#include "sys/lock_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/temporary_directory.h"

namespace tanist::sys {
namespace {

class PrivateFileTest : public testing::Test {
 protected:
  mode_t mode() const {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }
  TemporaryDirectory directory = *TemporaryDirectory::make(testing::TempDir(), "tanist-private-");
  std::string path = directory.file("file");
};

TEST_F(PrivateFileTest, is_made_or_taken_from_others) {
  ASSERT_TRUE(make_private_file(path));
  EXPECT_EQ(mode(), 0600u);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  ASSERT_TRUE(make_private_file(path));
  EXPECT_EQ(mode(), 0600u);
}

TEST_F(PrivateFileTest, a_link_or_a_directory_is_refused) {
  ASSERT_EQ(::symlink("/etc/passwd", path.c_str()), 0);
  EXPECT_EQ(make_private_file(path).error().code, Errc::refused);
  EXPECT_EQ(make_private_file(directory.path()).error().code, Errc::refused);
}

// Whether another process could lock it.
bool is_free(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    ::_exit(::fcntl(fd, F_SETLK, &lock) == 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// As SQLite locks the journal: lost with the first close of any descriptor of the file, and another process took itself
// for the last one, and deleted the write-ahead log under us.
TEST_F(PrivateFileTest, a_lock_of_this_process_stays) {
  UniqueFd held(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct flock lock {};
  lock.l_type = F_WRLCK;
  ASSERT_EQ(::fcntl(held.get(), F_SETLK, &lock), 0);
  ASSERT_FALSE(is_free(path));
  ASSERT_TRUE(make_private_file(path));
  EXPECT_FALSE(is_free(path));
}

}  // namespace
}  // namespace tanist::sys

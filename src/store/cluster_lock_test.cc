#include "store/cluster_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sys/temporary_directory.h"

namespace tanist::store {
namespace {

class ClusterLockTest : public testing::Test {
 protected:
  // Whether another process could get the lock now.
  bool another_process_gets_it() {
    pid_t child = ::fork();
    if (child == 0) ::_exit(lock_cluster(directory.path(), "app1") ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  sys::TemporaryDirectory directory = *sys::TemporaryDirectory::make(testing::TempDir(), "tanist-lock-");
  std::string path = directory.file("app1.manager.lock");
};

TEST_F(ClusterLockTest, is_held_by_one_and_says_by_whom) {
  auto ours = lock_cluster(directory.path(), "app1");
  ASSERT_TRUE(ours) << ours.error().what;
  EXPECT_TRUE((*ours)->still_held());
  auto second = lock_cluster(directory.path(), "app1");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_EQ(second.error().what,
            "lock cluster app1: " + path + " is held by process " + std::to_string(::getpid()));
  EXPECT_FALSE(another_process_gets_it());
  EXPECT_TRUE(lock_cluster(directory.path(), "app2")) << "another cluster is another lock";
}

TEST_F(ClusterLockTest, ends_with_its_owner_and_leaves_no_file) {
  { auto ours = lock_cluster(directory.path(), "app1"); }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(another_process_gets_it());
}

TEST_F(ClusterLockTest, the_file_of_a_killed_manager_is_no_obstacle) {
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto held = lock_cluster(directory.path(), "app1");
    ::write(told[1], held ? "y" : "n", 1);
    ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(told[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_FALSE(lock_cluster(directory.path(), "app1"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(lock_cluster(directory.path(), "app1"));
  ::close(told[0]);
  ::close(told[1]);
}

TEST_F(ClusterLockTest, is_lost_when_somebody_removes_the_file) {
  auto ours = lock_cluster(directory.path(), "app1");
  std::filesystem::remove(path);
  EXPECT_EQ((*ours)->still_held().error().code, Errc::conflict);
  auto thief = lock_cluster(directory.path(), "app1");
  ASSERT_TRUE(thief);
  EXPECT_FALSE((*ours)->still_held());
  ours->reset();
  EXPECT_TRUE((*thief)->still_held()) << "who lost the lock does not remove the file of who has it";
}

TEST_F(ClusterLockTest, does_not_follow_a_link_laid_out_for_it) {
  std::string target = directory.file("precious");
  std::ofstream(target) << "keep";
  std::filesystem::create_symlink(target, path);
  auto lock = lock_cluster(directory.path(), "app1");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::refused);
  EXPECT_NE(lock.error().what.find("symbolic link"), std::string::npos) << lock.error().what;
  EXPECT_EQ(std::filesystem::file_size(target), 4u);
}

TEST_F(ClusterLockTest, a_missing_workdir_is_named) {
  auto lock = lock_cluster("/no/such/dir", "app1");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::not_found);
  EXPECT_NE(lock.error().what.find("/no/such/dir/app1.manager.lock"), std::string::npos);
}

}  // namespace
}  // namespace tanist::store

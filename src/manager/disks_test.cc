#include "manager/disks.h"

#include <gtest/gtest.h>

namespace tanist::manager {
namespace {

TEST(Disks, folders_are_those_of_data_and_logs_once_each) {
  topology::ServerState state;
  EXPECT_TRUE(folders_of(state).empty());
  state.datadir = "/var/lib/mysql/";
  state.log_bin_basename = "/var/lib/mysql/mysql-bin";
  EXPECT_EQ(folders_of(state), std::vector<std::string>{"/var/lib/mysql/"});
  state.log_bin_basename = "/logs/mysql-bin";
  EXPECT_EQ(folders_of(state), (std::vector<std::string>{"/var/lib/mysql/", "/logs/"}));
}

TEST(Disks, lines_are_read_in_order_and_what_is_none_is_left_out) {
  const std::vector<std::string> folders{"/a/", "/b/", "/c/", "/d/"};
  const auto disks = read_disks(folders, "100 4096 1000 rw,relatime\n0 512 7 ro,errors=remount-ro\n \n5 1024 10 \n");
  ASSERT_EQ(disks.size(), 3u);
  EXPECT_EQ(disks[0].path, "/a/");
  EXPECT_EQ(disks[0].free_bytes, 409600u);
  EXPECT_EQ(disks[0].total_bytes, 4096000u);
  EXPECT_FALSE(disks[0].read_only);
  EXPECT_TRUE(disks[1].read_only);
  EXPECT_EQ(disks[1].free_bytes, 0u);
  EXPECT_EQ(disks[2].path, "/d/");
  EXPECT_FALSE(disks[2].read_only) << "a host without findmnt tells its free blocks all the same";
  EXPECT_TRUE(read_disks(folders, "").empty());
}

}  // namespace
}  // namespace tanist::manager

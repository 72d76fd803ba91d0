#include "nodetools/kept_logs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sys/manual_clock.h"
#include "testlib/log_builder.h"

namespace tanist::nodetools {
namespace {

namespace fs = std::filesystem;

class KeptLogsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_private_directory(links_));
    for (const char* name : {"relay.000001", "relay.000002"}) dir_.write(name, std::string(1000, 'x'));
  }
  size_t release(KeptLogs& kept) {
    size_t freed = 99;
    auto run = [](KeptLogs& logs, sys::Clock& clock, size_t& result) -> sys::Task<void> {
      result = co_await logs.release(clock);
    };
    sys::start_detached(run(kept, clock_, freed));
    clock_.run_until_idle();
    return freed;
  }

  testlib::LogDirectory dir_;
  std::string links_ = dir_.path("links");
  sys::ManualClock clock_;
};

TEST_F(KeptLogsTest, what_the_server_deletes_lives_until_it_is_released) {
  KeptLogs kept(links_);
  ASSERT_TRUE(kept.keep(dir_.path("relay.000001")));
  ASSERT_TRUE(kept.keep(dir_.path("relay.000002")));
  fs::remove(dir_.path("relay.000001"));
  EXPECT_EQ(fs::file_size(links_ + "/relay.000001"), 1000u);
  EXPECT_EQ(release(kept), 1u);
  EXPECT_TRUE(fs::is_empty(links_));
  EXPECT_EQ(fs::file_size(dir_.path("relay.000002")), 1000u) << "the server has it still";
}

TEST_F(KeptLogsTest, a_large_one_shrinks_step_by_step) {
  fs::resize_file(dir_.path("relay.000001"), uint64_t{200} << 20);  // a hole: costs nothing
  KeptLogs kept(links_);
  ASSERT_TRUE(kept.keep(dir_.path("relay.000001")));
  fs::remove(dir_.path("relay.000001"));
  TimePoint before = clock_.now();
  EXPECT_EQ(release(kept), 1u);
  EXPECT_EQ(clock_.now() - before, std::chrono::milliseconds(60))
      << "three steps with time for others between";
}

TEST_F(KeptLogsTest, what_a_killed_run_left_is_released_too) {
  fs::create_hard_link(dir_.path("relay.000001"), links_ + "/relay.000001");
  fs::remove(dir_.path("relay.000001"));
  dir_.write("relay.000001", "another of that name");
  KeptLogs kept(links_);
  EXPECT_EQ(kept.take_leftovers(), 1u);
  ASSERT_TRUE(kept.keep(dir_.path("relay.000001")));
  EXPECT_EQ(kept.note(), "");
  EXPECT_EQ(release(kept), 1u);
  EXPECT_TRUE(fs::is_empty(links_));
  EXPECT_EQ(dir_.read("relay.000001"), "another of that name");
}

TEST_F(KeptLogsTest, a_link_of_somebody_else_keeps_every_byte) {
  KeptLogs kept(links_);
  ASSERT_TRUE(kept.keep(dir_.path("relay.000001")));
  fs::rename(dir_.path("relay.000001"), dir_.path("backup"));
  EXPECT_EQ(release(kept), 0u);
  EXPECT_EQ(fs::file_size(dir_.path("backup")), 1000u);
}

TEST_F(KeptLogsTest, descriptors_serve_where_links_cannot_be) {
  KeptLogs other_file_system("/proc/self"), none("");
  ASSERT_TRUE(other_file_system.keep(dir_.path("relay.000001")));
  EXPECT_NE(other_file_system.note(), "");
  ASSERT_TRUE(none.keep(dir_.path("relay.000002")));
  ASSERT_TRUE(none.keep(dir_.path("relay.000003"))) << "deleted meanwhile";
  fs::remove(dir_.path("relay.000001"));
  fs::remove(dir_.path("relay.000002"));
  EXPECT_EQ(release(other_file_system), 1u);
  EXPECT_EQ(release(none), 1u);
}

TEST_F(KeptLogsTest, the_directory_must_be_ours_alone) {
  EXPECT_TRUE(make_private_directory(links_)) << "a second run";
  fs::create_symlink(links_, dir_.path("link"));
  EXPECT_FALSE(make_private_directory(dir_.path("link")));
  fs::permissions(links_, fs::perms::group_write, fs::perm_options::add);
  EXPECT_FALSE(make_private_directory(links_));
}

}  // namespace
}  // namespace tanist::nodetools

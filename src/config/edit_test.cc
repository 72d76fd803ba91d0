#include "config/edit.h"

#include <gtest/gtest.h>

#include "sys/manual_clock.h"
#include "sys/memory_files.h"

namespace tanist::config {
namespace {

TEST(Edit, removes_a_section_and_keeps_the_mode) {
  sys::ManualClock clock;
  sys::MemoryFiles files(clock);
  ASSERT_TRUE(
      files.replace("/etc/app1.cnf", "[server1]\r\nhostname=db1\r\n[server2]\r\nhostname=db2\r\n", 0640));
  ASSERT_TRUE(remove_section_from_file(files, "/etc/app1.cnf", "server1"));
  EXPECT_EQ(files.read("/etc/app1.cnf").value(), "[server2]\r\nhostname=db2\r\n");
  EXPECT_EQ(files.facts("/etc/app1.cnf")->mode, 0640u);
}

TEST(Edit, keeps_every_version_beside_the_file_as_private_as_it_was) {
  ::setenv("TZ", "UTC", 1);
  sys::ManualClock clock;
  sys::MemoryFiles files(clock);
  ASSERT_TRUE(files.replace("/app1.cnf", "[server1]\nhostname=db1\n", 0600));
  EXPECT_EQ(add_section_to_file(files, "/app1.cnf", "server2", {{"hostname", "db2"}}).value(),
            "/app1.cnf.20260101000000.bak");
  EXPECT_EQ(remove_section_from_file(files, "/app1.cnf", "server1").value(), "/app1.cnf.20260101000000.2.bak");
  EXPECT_EQ(files.read("/app1.cnf.20260101000000.bak").value(), "[server1]\nhostname=db1\n");
  EXPECT_EQ(files.facts("/app1.cnf.20260101000000.2.bak")->mode, 0600u);
  EXPECT_EQ(files.read("/app1.cnf").value(), "[server2]\nhostname=db2\n");
}

TEST(Edit, says_what_stands_in_the_way_and_changes_nothing) {
  sys::ManualClock clock;
  sys::MemoryFiles files(clock);
  ASSERT_TRUE(files.replace("/etc/app1.cnf", "[server1]\nhostname=db1\n"));
  EXPECT_EQ(remove_section_from_file(files, "/etc/app1.cnf", "server2").error().what,
            "/etc/app1.cnf: no section [server2]");
  EXPECT_EQ(remove_section_from_file(files, "/etc/none.cnf", "server1").error().code, Errc::not_found);
  files.break_writes("/etc");
  EXPECT_FALSE(remove_section_from_file(files, "/etc/app1.cnf", "server1"));
  EXPECT_EQ(files.read("/etc/app1.cnf").value(), "[server1]\nhostname=db1\n");
}

}  // namespace
}  // namespace tanist::config

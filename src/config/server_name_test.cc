#include "config/server_name.h"

#include <gtest/gtest.h>

namespace tanist::config {
namespace {

TEST(ServerName, is_a_host_with_or_without_a_port) {
  EXPECT_EQ(server_name("db2"), (ServerName{"db2", {}}));
  EXPECT_EQ(server_name("db2:3307"), (ServerName{"db2", 3307}));
  EXPECT_EQ(server_name("10.0.0.2:1"), (ServerName{"10.0.0.2", 1}));
  EXPECT_EQ(server_name("fd00::2"), (ServerName{"fd00::2", {}}));
  EXPECT_EQ(server_name("[fd00::2]"), (ServerName{"fd00::2", {}}));
  EXPECT_EQ(server_name("[fd00::2]:3307"), (ServerName{"fd00::2", 3307}));
}

TEST(ServerName, is_nothing_else) {
  for (const char* wrong : {"", ":3306", "db2:", "db2:0", "db2:65536", "db2:x", "db2:-1", "[fd00::2", "[]", "[fd00::2]:x"})
    EXPECT_FALSE(server_name(wrong)) << wrong;
}

}  // namespace
}  // namespace tanist::config

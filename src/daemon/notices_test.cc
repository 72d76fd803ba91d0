#include "daemon/notices.h"

#include <gtest/gtest.h>

namespace tanist::daemon {
namespace {

Happening of(const char* kind) { return {kind, "app1", {}, "", ""}; }

TEST(Notices, are_sent_of_what_is_wanted) {
  config::NotifyOn wanted;
  wanted.alarm = true;
  EXPECT_TRUE(is_worth_a_notice(of("alarm"), wanted));
  EXPECT_TRUE(is_worth_a_notice(of("alarm_over"), wanted)) << "whoever heard of its beginning hears of its end";
  EXPECT_FALSE(is_worth_a_notice(of("recovery"), wanted));
  EXPECT_FALSE(is_worth_a_notice(of("state"), wanted));
}

TEST(Notices, go_all_the_ways_that_the_file_names) {
  config::ClusterConfig cluster;
  cluster.servers.emplace_back();
  EXPECT_TRUE(ways_of(cluster).empty());
  cluster.servers.front().notify_mail = "dba@example.org";
  cluster.servers.front().notify_webhook = Secret("https://example.org/x");
  const auto ways = ways_of(cluster);
  ASSERT_EQ(ways.size(), 2u);
  EXPECT_EQ(ways[1].kind, notify::WayKind::webhook);
}

}  // namespace
}  // namespace tanist::daemon

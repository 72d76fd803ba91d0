#include "daemon/orders.h"

#include <gmock/gmock.h>

#include "manager/recovery_options.h"

namespace tanist::daemon {
namespace {

using testing::HasSubstr;

TEST(Orders, are_options_of_the_commands) {
  auto options = switch_order(R"({"to": "db2:3307", "running_updates_limit": 5, "dry_run": true, "leave_old_primary": false})");
  ASSERT_TRUE(options) << options.error().what;
  auto policy = manager::switch_policy(*options);
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(policy->forced_host, "db2");
  EXPECT_EQ(policy->forced_port, 3307);
  EXPECT_EQ(policy->running_updates_limit, 5u);
  EXPECT_TRUE(policy->old_becomes_replica);
  EXPECT_TRUE(options->flag("dry_run"));
  EXPECT_TRUE(switch_order(""));
  EXPECT_EQ(failover_order(R"({"dead": "db1"})")->text("dead"), "db1");
}

TEST(Orders, go_the_same_way_back) {
  for (const char* body : {R"({"to":"db2","seconds_behind_master":7,"dry_run":false})", R"({"leave_old_primary":true,"dry_run":false})"})
    EXPECT_EQ(switch_order_of(*switch_order(body), false), body);
  const char* body = R"({"new_master_host":"db2","new_master_port":3307,"skip_change_master":true,"dead":"db1"})";
  EXPECT_EQ(failover_order_of(*failover_order(body)), body);
}

TEST(Orders, that_are_none_say_why) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"[1]", "must be a JSON object"},
      {"{\"to\": ", "must be a JSON object"},
      {R"({"too": "db2"})", "the body may not have too, but to, leave_old_primary"},
      {R"({"dry_run": "yes"})", "dry_run must be true or false"},
      {R"({"to": true})", "to must be a string or a whole number"},
      {R"({"to": ["db2"]})", "to must be a string or a whole number"},
      {R"({"running_updates_limit": "soon"})", "running_updates_limit"},
      {R"({"help": true})", "the body may not have help"},
  };
  for (const auto& [body, why] : kWrong) {
    auto options = switch_order(body);
    ASSERT_FALSE(options) << body;
    EXPECT_EQ(options.error().code, Errc::invalid);
    EXPECT_THAT(options.error().what, HasSubstr(why)) << body;
  }
  EXPECT_FALSE(failover_order(R"({"new_master_port": 65536})"));
}

}  // namespace
}  // namespace tanist::daemon

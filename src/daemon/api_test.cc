// The table of routes and the document made of it; times as callers write them; what listeners hear.
#include "daemon/api.h"

#include <gmock/gmock.h>

#include "daemon/cluster_json.h"
#include "sys/manual_clock.h"
#include "sys/posix_files.h"

namespace tanist::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Api, is_described_by_docs_openapi_json) {
  sys::PosixFiles files;
  auto text = files.read(TANIST_DOCS "/openapi.json");
  ASSERT_TRUE(text) << text.error().what;
  EXPECT_EQ(*text, openapi()) << "type: tanist run --openapi > docs/openapi.json";
}

TEST(Api, lets_only_admins_change_anything) {
  for (const http::Route& route : api_routes()) {
    EXPECT_EQ(route.role == http::Role::admin, route.method != "GET") << route.pattern;
    EXPECT_FALSE(route.summary.empty()) << route.pattern;
  }
}

TEST(ParseUntil, takes_times_to_come) {
  const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 11h};
  EXPECT_EQ(parse_until("30m", now), now + 30min);
  EXPECT_EQ(parse_until("1d", now), now + 24h);
  EXPECT_EQ(parse_until("2026-01-31T12:00:00Z", now), now + 1h);
  for (const char* wrong : {"", "2", "h", "-1h", "2w", "tomorrow", "2026-01-31T10:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00:00Zx",
                            "99999999999999999999h", "1000000000d"})
    EXPECT_FALSE(parse_until(wrong, now)) << wrong;
}

std::vector<std::string> names(const std::vector<Happenings::Numbered>& all) {
  std::vector<std::string> found;
  for (const auto& one : all) found.push_back(one.happening.name);
  return found;
}

TEST(Happenings, are_heard_from_where_a_listener_was) {
  sys::ManualClock clock;
  Happenings happenings(clock);
  happenings.tell({"state", "app1", {}, "watching", ""});
  std::vector<std::vector<std::string>> heard;
  auto listen = [&](uint64_t from) -> sys::Task<void> {
    auto news = co_await happenings.after(from, clock.now() + 10s);
    heard.push_back(names(news));
  };
  sys::start_detached(listen(0));
  EXPECT_THAT(heard, testing::ElementsAre(testing::ElementsAre("watching")));
  sys::start_detached(listen(1));
  sys::start_detached(listen(77));  // a number of an earlier process
  clock.advance(1s);
  happenings.tell({"state", "app1", {}, "failing", ""});
  clock.advance(1s);
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_THAT(heard[1], testing::ElementsAre("failing"));
  EXPECT_THAT(heard[2], testing::ElementsAre("failing"));
  sys::start_detached(listen(2));
  clock.advance(11s);
  EXPECT_THAT(heard.back(), testing::IsEmpty());
}

TEST(Happenings, keep_the_newest_thousand) {
  sys::ManualClock clock;
  Happenings happenings(clock);
  for (int i = 0; i < 1500; ++i) happenings.tell({"state", "app1", {}, std::to_string(i), ""});
  size_t heard = 0;
  auto listen = [&]() -> sys::Task<void> { heard = (co_await happenings.after(0, clock.now())).size(); };
  sys::start_detached(listen());
  EXPECT_EQ(heard, 1000u);
}

}  // namespace
}  // namespace tanist::daemon

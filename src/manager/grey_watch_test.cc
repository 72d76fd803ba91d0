#include "manager/grey_watch.h"

#include <gmock/gmock.h>

#include "sim/recovery.h"

namespace tanist::manager {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GreyWatchTest : public testing::Test {
 protected:
  // Looks as the monitor does, every five seconds.
  void watch_for(Duration time) {
    if (!grey) grey.emplace(world, primary);
    auto story = [this, time]() -> sys::Task<void> {
      for (const TimePoint end = world.clock.now() + time; world.clock.now() < end;) {
        auto snapshot = co_await world.observe(2s);
        const auto* member = snapshot.find(primary.id);
        std::optional<topology::ServerState> state;
        if (member->state()) state = *member->state();
        co_await grey->look(std::move(state), 2s);
        if (auto given = grey->given_up(world.clock.now()); given && !given_up) given_up = given;
        co_await sys::sleep_for(world.clock, detect::kGreyLookEvery);
      }
    };
    sys::start_detached(story());
    recovery.pass(time + 10s);
  }
  std::vector<std::string> standing() {
    std::vector<std::string> rules;
    for (const auto& condition : grey->standing()) rules.push_back(condition.rule);
    return rules;
  }
  void client_waits_in_its_commit() {
    topology::Connection client;
    client.id = 4711;
    client.user = "app";
    client.command = "Query";
    client.state = "Waiting for semi-sync ACK from slave";
    for (int second = 0; second < 600; ++second)  // its statement grows older
      recovery.world.after(std::chrono::seconds(second), [this, client, second]() mutable {
        client.seconds = static_cast<uint64_t>(second);
        recovery.server(1).clients = {client};
      });
  }

  sim::Recovery recovery{sim::plain_scenario(3)};
  config::ServerConfig primary = recovery.cluster.servers[0];
  execute::World world = recovery.outside(std::nullopt);
  std::optional<GreyWatch> grey;
  std::optional<detect::Finding> given_up;
};

TEST_F(GreyWatchTest, a_sound_primary_stands_for_nothing_and_is_not_written_to) {
  const auto before = recovery.server(1).log.end();
  watch_for(120s);
  EXPECT_THAT(standing(), IsEmpty());
  EXPECT_EQ(recovery.server(1).log.end(), before);
  EXPECT_THAT(recovery.world.violations, IsEmpty());
}

TEST_F(GreyWatchTest, hung_commits_are_named_and_nothing_else_unless_policy_says_so) {
  client_waits_in_its_commit();
  watch_for(100s);
  EXPECT_THAT(standing(), ElementsAre("E10"));
  EXPECT_FALSE(given_up);
}

TEST_F(GreyWatchTest, a_primary_is_given_up_for_what_policy_names_and_not_before_its_patience) {
  primary.failover_on = {config::GiveUp::hung_commits};
  primary.grey_patience = 40s;
  client_waits_in_its_commit();
  watch_for(45s);
  EXPECT_THAT(standing(), ElementsAre("E10"));
  EXPECT_FALSE(given_up);
  watch_for(40s);
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->rule, "E10");
  EXPECT_TRUE(given_up->primary_is_dead());
  EXPECT_THAT(given_up->sentence, HasSubstr("failover_on"));
}

TEST_F(GreyWatchTest, for_what_policy_does_not_name_it_is_not_given_up) {
  primary.failover_on = {config::GiveUp::full_disk, config::GiveUp::slow};
  client_waits_in_its_commit();
  watch_for(120s);
  EXPECT_FALSE(given_up);
}

TEST_F(GreyWatchTest, a_full_disk_is_seen_over_ssh) {
  primary.failover_on = {config::GiveUp::full_disk};
  recovery.world.hosts[static_cast<size_t>(recovery.server(1).host())].disk = "0 4096 2000000 rw,relatime";
  watch_for(120s);
  EXPECT_THAT(standing(), ElementsAre("E42"));
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->rule, "E42");
}

TEST_F(GreyWatchTest, one_row_hangs_and_no_second_one_is_tried_behind_it) {
  primary.write_test = 5s;
  recovery.server(1).commits_hang = true;
  watch_for(60s);
  EXPECT_THAT(standing(), ElementsAre("E10", "E12")) << "the row itself is a commit that hangs";
  EXPECT_EQ(recovery.server(1).clients.size(), 1u);
  recovery.server(1).commits_hang = false;
  recovery.server(1).clients.clear();
  watch_for(60s);
  EXPECT_THAT(standing(), IsEmpty());
}

TEST_F(GreyWatchTest, a_row_that_is_refused_says_why) {
  primary.write_test = 10s;
  recovery.server(1).write_error = 1021;
  watch_for(60s);
  EXPECT_THAT(standing(), ElementsAre("E42"));
}

TEST_F(GreyWatchTest, a_refused_connection_is_no_room) {
  recovery.server(1).busy = true;
  watch_for(60s);
  EXPECT_THAT(standing(), ElementsAre("E30"));
}

}  // namespace
}  // namespace tanist::manager

// What care does to replicas in the simulated world, and what it leaves alone because it is not so any more.
#include "execute/care.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execute/test_recovery.h"

namespace tanist::execute {
namespace {

using plan::CareAct;
using sim::Channel;
using sim::plain_scenario;
using sim::Recovery;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CareRequest request(CareAct act, const char* primary = "server1") {
  CareRequest care;
  care.verdict = {"K00", ServerId("server3"), act, "a sentence", {}};
  care.primary = ServerId(primary);
  return care;
}

TEST(Care, starts_a_receiver_that_the_network_stopped) {
  Recovery recovery(plain_scenario(3));
  recovery.channel(3).stop_receiver();
  recovery.channel(3).io_errno = 2003;
  Status done = recovery.take_care(request(CareAct::start_receiver));
  EXPECT_TRUE(done) << done.error().what;
  EXPECT_EQ(recovery.channel(3).receiver, Channel::Receiver::running);
  EXPECT_THAT(recovery.steps(), ElementsAre("start_receiver server3"));
}

TEST(Care, leaves_a_receiver_alone_that_somebody_has_stopped_meanwhile) {
  Recovery recovery(plain_scenario(3));
  recovery.channel(3).stop_receiver();
  Status done = recovery.take_care(request(CareAct::start_receiver));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::conflict);
  EXPECT_EQ(recovery.channel(3).receiver, Channel::Receiver::stopped);
  EXPECT_THAT(recovery.acts_on(3), IsEmpty());
}

TEST(Care, closes_a_replica_unless_the_primary_is_closed_itself) {
  Recovery recovery(plain_scenario(3));
  recovery.server(3).read_only = false;
  EXPECT_TRUE(recovery.take_care(request(CareAct::set_read_only)));
  EXPECT_TRUE(recovery.server(3).read_only);
  recovery.server(3).read_only = false;
  recovery.server(1).read_only = true;
  EXPECT_FALSE(recovery.take_care(request(CareAct::set_read_only)));
  EXPECT_FALSE(recovery.server(3).read_only);
}

TEST(Care, does_nothing_for_whoever_has_lost_the_lock) {
  Recovery recovery(plain_scenario(3));
  recovery.server(3).read_only = false;
  CareRequest care = request(CareAct::set_read_only);
  care.still_ours = [] { return fail(Errc::conflict, "another manager"); };
  EXPECT_FALSE(recovery.take_care(std::move(care)));
  EXPECT_FALSE(recovery.server(3).read_only);
}

// server3 was down when server1 died and server2 took its place.
struct Late {
  explicit Late(int more) : recovery(scenario()) {
    recovery.request.activated = [this](const ServerId&, const Recovered& how_far) { recovered = how_far.gtids; };
    if (more > 0) {
      recovery.channel(2).stop_receiver();
      for (int i = 0; i < more; ++i) recovery.server(1).commit();
      recovery.pass(std::chrono::seconds(1));
    }
    recovery.server(3).kill(false);
    recovery.world.power_off(recovery.server(1).host());
    result = recovery.run();
    recovery.server(3).start();
    recovery.channel(3).start_receiver();
    recovery.channel(3).start_applier();
    recovery.pass(std::chrono::seconds(5));
  }
  static sim::Scenario scenario() {
    auto made = plain_scenario(3);
    made.gtid = true;
    made.replicas[1].ignore_fail = true;
    return made;
  }
  Status care() {
    CareRequest care = request(CareAct::follow_primary, "server2");
    care.source_ip = "10.0.0.1";
    care.replaced = {{"db1", "10.0.0.1", 3306, recovered}};
    return recovery.take_care(std::move(care));
  }

  Recovery recovery;
  FailoverResult result;
  std::string recovered;
};

TEST(Care, points_a_late_replica_at_the_new_primary) {
  Late late(0);
  ASSERT_EQ(late.result.new_primary, ServerId("server2")) << late.result.why;
  Status done = late.care();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(late.recovery.channel(3).settings.host, "10.0.0.2");
  EXPECT_EQ(late.recovery.server(3).data, late.recovery.server(2).data);
  EXPECT_THAT(late.recovery.world.violations, IsEmpty());
}

TEST(Care, leaves_a_replica_that_has_more_than_the_new_primary) {
  Late late(5);
  ASSERT_EQ(late.result.new_primary, ServerId("server2")) << late.result.why;
  Status done = late.care();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("and the others were brought to"));
  EXPECT_EQ(late.recovery.channel(3).settings.host, "10.0.0.1");
  EXPECT_NE(late.recovery.channel(3).receiver, Channel::Receiver::stopped);
}

}  // namespace
}  // namespace tanist::execute

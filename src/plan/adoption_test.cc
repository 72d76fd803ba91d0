#include "plan/adoption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testlib/topo.h"

namespace tanist::plan {
namespace {

using testing::HasSubstr;
using testing::Optional;
using topology::Stranger;

// db9 replicates from db1; the look is that of a cluster without it.
struct World {
  testlib::TopoCluster servers;
  Stranger stranger{9, {"db9"}, 3306};

  explicit World(std::string_view text = "db1 -> db2, db9(no_master ignore_fail)") : servers(testlib::cluster(text)) {
    servers.state("db1").server_id = 1;
    state().server_id = 9;
    state().channels.front().source_server_id = 1;
  }
  topology::ServerState& state() { return servers.state("db9"); }
  topology::ReplicaStatus& replica() { return state().channels.front(); }
  std::optional<std::string> why_not() {
    Snapshot look = servers.snapshot();
    std::erase_if(look.members, [](const auto& member) { return member.facts.hostname == "db9"; });
    return why_not_adopted(stranger, servers.facts("db9"), state(), look);
  }
};

TEST(Adoption, a_replica_of_the_primary_may_be_adopted) { EXPECT_EQ(World().why_not(), std::nullopt); }

TEST(Adoption, who_answers_must_be_who_is_connected) {
  World other;
  other.state().server_id = 7;
  EXPECT_THAT(other.why_not(), Optional(HasSubstr("server_id 7")));
}

TEST(Adoption, it_must_replicate_from_this_primary) {
  World none, elsewhere, stopped, twin;
  none.state().channels.clear();
  EXPECT_THAT(none.why_not(), Optional(HasSubstr("no replication channel")));
  elsewhere.replica().source_host = "vip";
  EXPECT_THAT(elsewhere.why_not(), Optional(HasSubstr("it calls its source vip:3306")));
  stopped.replica().receiver = topology::ReceiverState::connecting;
  EXPECT_THAT(stopped.why_not(), Optional(HasSubstr("not connected")));
  twin.replica().source_server_id = 4;
  EXPECT_THAT(twin.why_not(), Optional(HasSubstr("server_id 4")));
}

TEST(Adoption, nobody_is_adopted_who_would_stop_a_failover) {
  EXPECT_THAT(World("db1 -> db2, db9(no_master ignore_fail filter:shop)").why_not(), Optional(HasSubstr("refused: F50: ")));
  EXPECT_THAT(World("db1(version:8.0.36) -> db2(version:8.0.36), db9(no_master ignore_fail version:5.7.44)").why_not(),
              Optional(HasSubstr("refused: F70: ")));
  EXPECT_EQ(World("db1 -> db2(no_master), db9(no_master ignore_fail)").why_not(), std::nullopt) << "it would be refused anyway";
}

TEST(Adoption, an_adopted_one_may_come_to_be_in_the_way) {
  const Snapshot sound = testlib::topo("db1 -> db2, db9(no_master ignore_fail)");
  EXPECT_EQ(why_in_the_way(sound, ServerId("db9")), std::nullopt);
  const Snapshot filtered = testlib::topo("db1 -> db2, db9(no_master ignore_fail filter:shop)");
  EXPECT_THAT(why_in_the_way(filtered, ServerId("db9")), Optional(HasSubstr("F50")));
  const Snapshot two = testlib::topo("db1 -> db2, db8(no_master ignore_fail filter:shop), db9(no_master ignore_fail filter:shop)");
  for (const char* one : {"db8", "db9"})
    EXPECT_THAT(why_in_the_way(two, ServerId(one), {ServerId("db8"), ServerId("db9")}), Optional(HasSubstr("F50"))) << one;
}

TEST(Adoption, is_forgotten_for_a_reason) {
  AdoptedFacts facts;
  facts.absent = kForgottenAfter;
  EXPECT_EQ(why_forgotten(facts), std::nullopt);
  facts.in_the_way = "F50: filters";
  EXPECT_THAT(why_forgotten(facts), Optional(HasSubstr("refused: F50: filters")));
  facts.absent += std::chrono::seconds(1);
  EXPECT_THAT(why_forgotten(facts), Optional(HasSubstr("for 24 h")));
  facts.section = "server4";
  EXPECT_EQ(why_forgotten(facts), "[server4] names it now");
  facts.discover = false;
  EXPECT_EQ(why_forgotten(facts), "discover is not set any more");
}

TEST(Adoption, says_what_to_type) {
  const Snapshot look = testlib::topo("db1 -> db2");
  const Stranger stranger{9, {"db9"}, 3306};
  const auto said = judge_stranger(stranger, look, false, "");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->rule, "K80");
  EXPECT_EQ(said->sentence, "db9:3306 (server_id 9) replicates from db1(10.0.0.1:3306) and no section names it: a failover would "
                            "leave it behind. Write a section for it, or discover=1");
  EXPECT_FALSE(judge_stranger(stranger, look, true, ""));
  const auto why = judge_stranger(stranger, look, true, "Access denied");
  ASSERT_TRUE(why);
  EXPECT_EQ(why->rule, "K84");
  EXPECT_THAT(why->sentence, HasSubstr("not adopted, because Access denied"));
}

}  // namespace
}  // namespace tanist::plan

#include "topology/strangers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testlib/topo.h"

namespace tanist::topology {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testlib::cluster;

// db1 is the primary, server_id N is dbN, and 10.0.0.N its address.
struct World {
  testlib::TopoCluster servers = cluster("db1 -> db2, db3");
  std::vector<LogServerHost> log_servers;

  World() {
    for (uint32_t number : {1, 2, 3}) servers.state("db" + std::to_string(number)).server_id = number;
    registers(2, "db2");
    registers(3, "db3");
  }
  ServerState& primary() { return servers.state("db1"); }
  void registers(uint32_t id, const std::string& host = "", uint16_t port = 3306) {
    primary().registered.push_back({id, host, port});
  }
  // As most do it: nobody has a report_host.
  void report_nothing() {
    for (RegisteredReplica& one : primary().registered) one.host.clear();
    primary().receivers = {"10.0.0.2", "10.0.0.3"};
  }
  void falls_silent(const char* name) { servers.seen(name).seen = NoAnswer{}; }
  std::vector<std::string> strangers() const {
    std::vector<std::string> texts;
    for (const Stranger& one : find_strangers(servers.snapshot(), log_servers)) texts.push_back(one.text());
    return texts;
  }
};

TEST(Strangers, are_not_those_who_are_configured) {
  World world;
  EXPECT_THAT(world.strangers(), IsEmpty());
  world.report_nothing();
  EXPECT_THAT(world.strangers(), IsEmpty());
}

TEST(Strangers, are_found_by_what_they_report) {
  World world;
  world.registers(9, "db9", 3307);
  EXPECT_THAT(world.strangers(), ElementsAre("db9:3307 (server_id 9)"));
}

TEST(Strangers, a_second_server_of_a_known_host_is_one) {
  World world;
  world.registers(9, "db3", 3307);
  EXPECT_THAT(world.strangers(), ElementsAre("db3:3307 (server_id 9)"));
}

TEST(Strangers, are_found_by_their_connection_if_they_report_nothing) {
  World world;
  world.registers(9);
  world.report_nothing();
  world.primary().receivers.push_back("10.0.0.9");
  EXPECT_THAT(world.strangers(), ElementsAre("10.0.0.9:3306 (server_id 9)"));
  world.registers(8);
  world.primary().receivers.push_back("10.0.0.8");
  EXPECT_THAT(world.strangers(), ElementsAre("a server with server_id 9 (at one of 10.0.0.8, 10.0.0.9, port 3306)",
                                             "a server with server_id 8 (at one of 10.0.0.8, 10.0.0.9, port 3306)"));
}

TEST(Strangers, are_not_looked_for_where_somebody_else_answers) {
  World world;
  world.registers(9);
  world.report_nothing();
  world.primary().receivers.insert(world.primary().receivers.end(), {"10.0.0.9", "10.0.0.3"});  // mysqlbinlog on db3
  EXPECT_THAT(world.strangers(), ElementsAre("10.0.0.9:3306 (server_id 9)"));
}

TEST(Strangers, without_the_right_to_see_connections_the_address_is_not_known) {
  World world;
  world.registers(9);
  world.report_nothing();
  world.primary().receivers.clear();
  EXPECT_THAT(world.strangers(), ElementsAre("a server with server_id 9 (address not known, port 3306)"));
}

TEST(Strangers, a_configured_one_that_does_not_answer_us_is_none) {
  World world;
  world.falls_silent("db3");
  EXPECT_THAT(world.strangers(), IsEmpty());
  world.report_nothing();
  EXPECT_THAT(world.strangers(), IsEmpty());
  world.registers(9, "db9");
  EXPECT_THAT(world.strangers(), ElementsAre("db9:3306 (server_id 9)"));
}

TEST(Strangers, a_binary_log_server_is_none) {
  World world;
  world.log_servers = {{"copies", "10.0.0.50"}};
  world.registers(50, "copies", 5308);  // one that registers
  EXPECT_THAT(world.strangers(), IsEmpty());
  world.report_nothing();
  world.primary().receivers.push_back("10.0.0.50");
  EXPECT_THAT(world.strangers(), IsEmpty());
}

TEST(Strangers, mysqlbinlog_on_a_log_servers_host_hides_nobody_elsewhere) {
  World world;
  world.log_servers = {{"copies", "10.0.0.50"}};
  world.registers(9);
  world.report_nothing();
  world.primary().receivers.insert(world.primary().receivers.end(), {"10.0.0.50", "10.0.0.9"});
  EXPECT_THAT(world.strangers(), ElementsAre("10.0.0.9:3306 (server_id 9)"));
}

TEST(Strangers, nothing_is_said_while_the_primary_is_silent) {
  World world;
  world.registers(9, "db9");
  world.falls_silent("db1");
  EXPECT_THAT(world.strangers(), IsEmpty());
}

}  // namespace
}  // namespace tanist::topology

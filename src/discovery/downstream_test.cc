#include "discovery/downstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tanist::discovery {
namespace {

using testing::ElementsAre;
using topology::RegisteredReplica;

TEST(Downstream, replicas_are_read_in_old_words_and_new_ones) {
  mysql::Rows rows;
  rows.columns = {"Server_id", "Host", "User", "Password", "Port", "Master_id"};
  rows.rows = {{"12", "db2", "repl", "secret", "3306", "11"}, {"13", "", "", "", "3307", "11"}};
  const std::vector<RegisteredReplica> wanted = {{12, "db2", 3306}, {13, "", 3307}};
  EXPECT_EQ(read_registered(rows), wanted);
  rows.columns = {"Server_Id", "Host", "User", "Password", "Port", "Source_Id"};
  EXPECT_EQ(read_registered(rows), wanted);
  rows.rows = {{"many", "db2", "", "", "3306", "11"}};
  EXPECT_TRUE(read_registered(rows).empty());
}

TEST(Downstream, receivers_are_hosts_without_their_ports) {
  mysql::Rows rows;
  rows.columns = {"Host"};
  rows.rows = {{"10.0.0.2:51234"}, {"db3.example.com:4000"}, {"fd00::4:51234"}, {"localhost"}, {std::nullopt}};
  EXPECT_THAT(read_receivers(rows), ElementsAre("10.0.0.2", "db3.example.com", "fd00::4", "localhost"));
}

}  // namespace
}  // namespace tanist::discovery

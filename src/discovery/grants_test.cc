#include "discovery/grants.h"

#include <gtest/gtest.h>

namespace tanist::discovery {
namespace {

Granted judged(std::vector<std::string> lines) {
  mysql::Rows rows;
  rows.columns = {"Grants"};
  for (auto& line : lines) rows.rows.push_back({line});
  return grants_replication(rows);
}

TEST(Grants, replication_must_be_granted_on_everything) {
  EXPECT_EQ(judged({"GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%' IDENTIFIED BY PASSWORD '*ABC'"}), Granted::yes);
  EXPECT_EQ(judged({"GRANT SELECT, REPLICATION SLAVE, PROCESS ON *.* TO `repl`@`10.%`"}), Granted::yes);
  EXPECT_EQ(judged({"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"}), Granted::yes);
  EXPECT_EQ(judged({"GRANT USAGE ON *.* TO `repl`@`%`", "GRANT ALL PRIVILEGES ON `app`.* TO `repl`@`%`"}), Granted::no);
  EXPECT_EQ(judged({"GRANT REPLICATION SLAVE ADMIN ON *.* TO `repl`@`%`"}), Granted::no);
  EXPECT_EQ(judged({"GRANT REPLICATION_SLAVE_ADMIN ON *.* TO `repl`@`%`"}), Granted::no);
  EXPECT_EQ(judged({}), Granted::no);
}

TEST(Grants, a_role_may_bring_it) {
  EXPECT_EQ(judged({"GRANT USAGE ON *.* TO `repl`@`%`", "GRANT `replicator`@`%` TO `repl`@`%`"}),
            Granted::by_role_perhaps);
}

}  // namespace
}  // namespace tanist::discovery

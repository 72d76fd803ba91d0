#include "plan/activity.h"

#include <gmock/gmock.h>

namespace tanist::plan {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Connection connection(std::string command, uint64_t seconds, std::string statement = "") {
  return Connection{7, "app", "web1:5123", "shop", std::move(command), seconds, "", std::move(statement), {}};
}
Connection with_transaction(Connection of, topology::OpenTransaction open) {
  of.transaction = open;
  return of;
}

TEST(Activity, reads_are_told_by_their_first_word_behind_what_stands_before_it) {
  for (const char* read :
       {"SELECT 1", "  select 1", "/* report */ SELECT 1", "-- nightly\nSELECT 1", "# x\nshow tables",
        "((SELECT 1) UNION (SELECT 2))", "WITH x AS (SELECT 1) SELECT * FROM x", "EXPLAIN UPDATE t SET a=1",
        "/*!40001 SELECT */ 1"}) {
    EXPECT_TRUE(is_read(read)) << read;
  }
  for (const char* write :
       {"UPDATE t SET a = 1", "/* SELECT */ DELETE FROM t", "CALL nightly()", "ALTER TABLE t ADD b INT",
        "selection", "/* cut off in the middle of a comme", "-- only a comment", "", "COMMIT"}) {
    EXPECT_FALSE(is_read(write)) << write;
  }
}

TEST(Activity, who_writes) {
  EXPECT_EQ(writing_for(connection("Query", 5, "UPDATE t SET a = 1")), 5u);
  EXPECT_EQ(writing_for(connection("Execute", 5, "INSERT INTO t VALUES (1)")), 5u);
  EXPECT_EQ(writing_for(connection("Query", 5, "SELECT 1")), std::nullopt);
  EXPECT_EQ(writing_for(connection("Sleep", 500)), std::nullopt);
  EXPECT_EQ(writing_for(connection("Killed", 5, "UPDATE t SET a = 1")), std::nullopt);
  // What a transaction did counts, whatever is being said now, or if nothing is.
  EXPECT_EQ(writing_for(with_transaction(connection("Sleep", 2), {60, 3, 0})), 60u);
  EXPECT_EQ(writing_for(with_transaction(connection("Query", 9, "SELECT 1 FOR UPDATE"), {9, 0, 1})), 9u);
  EXPECT_EQ(writing_for(with_transaction(connection("Query", 9, "SELECT 1"), {9, 0, 0})), std::nullopt);
  EXPECT_EQ(writing_for(with_transaction(connection("Query", 2, "UPDATE t SET a = 1"), {60, 3, 3})), 60u);
}

TEST(Activity, who_is_a_client) {
  EXPECT_TRUE(is_client(connection("Sleep", 1)));
  for (const char* command : {"Binlog Dump", "Binlog Dump GTID", "Daemon", "Connect"}) {
    EXPECT_FALSE(is_client(connection(command, 1))) << command;
  }
  for (const char* user : {"system user", "event_scheduler"}) {
    Connection own = connection("Query", 100, "UPDATE t SET a = 1");
    own.user = user;
    EXPECT_FALSE(is_client(own)) << user;
    EXPECT_EQ(writing_for(own), std::nullopt) << user;
    EXPECT_EQ(busy_for(own), std::nullopt) << user;
  }
}

TEST(Activity, who_only_reads_may_go_on) {
  EXPECT_TRUE(is_reading(connection("Query", 5, "SELECT 1")));
  EXPECT_FALSE(is_reading(connection("Sleep", 5)));
  EXPECT_FALSE(is_reading(connection("Query", 5, "COMMIT")));
  EXPECT_FALSE(is_reading(with_transaction(connection("Query", 5, "SELECT 1"), {9, 1, 0})));
}

TEST(Activity, details_are_ten_and_show_no_password) {
  Connection changing = connection("Query", 5, "ALTER USER app IDENTIFIED BY 'geheim'");
  changing.state = "Waiting";
  EXPECT_THAT(details({&changing}),
              ElementsAre("Id: 7, User: app, Host: web1:5123, db: shop, Command: Query, Time: 5, "
                          "State: Waiting, Info: ALTER USER app xxx"));
  Connection open = with_transaction(connection("Sleep", 2), {60, 3, 1});
  open.database.clear();
  EXPECT_THAT(details({&open}),
              ElementsAre("Id: 7, User: app, Host: web1:5123, db: NULL, Command: Sleep, Time: 2, in a "
                          "transaction since 60 s: 3 row(s) changed, 1 locked"));
  EXPECT_THAT(details(std::vector<const Connection*>(12, &open)), SizeIs(10));
}

}  // namespace
}  // namespace tanist::plan

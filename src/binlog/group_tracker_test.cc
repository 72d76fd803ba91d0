#include "binlog/group_tracker.h"

#include <gtest/gtest.h>

#include "binlog/event_reader.h"
#include "testlib/log_builder.h"

namespace tanist::binlog {
namespace {

using testlib::LogBuilder;

constexpr char kUuid1[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1";

// One letter per event: - between, ( opens, . inside, ) closes, o whole; ? unknown.
std::string shape(const LogBuilder& log) {
  static const std::string name = "log";
  EventReader reader(as_bytes(log.bytes()), name, kMagicSize, log.size(), Checksum::crc32, Verify::checksums);
  GroupTracker tracker;
  std::string text;
  while (reader.next()) {
    auto place = tracker.on(reader.event());
    text += place ? "-(.)o"[static_cast<int>(*place)] : '?';
  }
  EXPECT_FALSE(reader.damage());
  return text;
}

LogBuilder mysql() { return LogBuilder("8.0.36"); }
LogBuilder mariadb() { return LogBuilder("10.11.19-MariaDB"); }

TEST(GroupTracker, mysql_transactions) {
  EXPECT_EQ(shape(mysql().group(kUuid1)), "(..)");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("BEGIN").table_map().rows().query("COMMIT")), "(...)");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("CREATE TABLE t (a INT)")), "()");
  EXPECT_EQ(shape(mysql().gtid("").query("BEGIN").query("ROLLBACK")), "(.)");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("BEGIN").query("SAVEPOINT s").query("ROLLBACK TO `s`").xid()),
            "(...)");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("BEGIN").add(EventType::view_change).query("COMMIT")), "(..)");
}

TEST(GroupTracker, mysql_payload_is_the_whole_transaction) {
  EXPECT_EQ(
      shape(mysql().gtid(kUuid1).add(EventType::transaction_payload, "zstd").gtid("").query("BEGIN").xid()),
      "()(.)");
}

TEST(GroupTracker, mysql_xa_in_two_phases_and_in_one) {
  EXPECT_EQ(shape(mysql()
                      .gtid(kUuid1)
                      .query("XA START X'78',X'',1")
                      .table_map()
                      .rows()
                      .query("XA END X'78',X'',1")
                      .add(EventType::xa_prepare, "x")),
            "(....)");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("XA COMMIT X'78',X'',1")), "()");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("XA ROLLBACK X'78',X'',1")), "()");
}

TEST(GroupTracker, statements_bring_their_variables_along) {
  EXPECT_EQ(shape(mysql()
                      .gtid(kUuid1)
                      .add(EventType::intvar, "x")
                      .add(EventType::rand)
                      .query("CREATE TABLE t (a INT)")),
            "(..)");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("BEGIN").add(EventType::user_var).query("INSERT").xid()),
            "(...)");
}

TEST(GroupTracker, load_data_is_one_statement_in_many_events) {
  EXPECT_EQ(shape(mysql()
                      .gtid(kUuid1)
                      .query("BEGIN")
                      .add(EventType::begin_load_query, "1234")
                      .add(EventType::append_block, "1234")
                      .add(EventType::execute_load_query, "x")
                      .xid()),
            "(....)");
  EXPECT_EQ(shape(mysql().add(EventType::begin_load_query, "1234").add(EventType::execute_load_query, "x")),
            "()");
}

TEST(GroupTracker, logs_without_gtids) {
  EXPECT_EQ(shape(mysql().query("BEGIN").add(EventType::intvar).query("INSERT").xid()), "(..)");
  EXPECT_EQ(shape(mysql().query("CREATE TABLE t (a INT)").add(EventType::intvar).query("INSERT")), "o()");
  EXPECT_EQ(shape(mysql().table_map().rows(false).rows(true)), "(.)");
}

TEST(GroupTracker, mariadb_transactions) {
  EXPECT_EQ(shape(mariadb().mariadb_group("0-1-1")), "(.)");
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1", 0x29).query("CREATE TABLE t (a INT)")), "()");
  EXPECT_EQ(shape(mariadb()
                      .mariadb_gtid("0-1-1")
                      .add(EventType::mariadb_annotate_rows, "x")
                      .table_map()
                      .rows()
                      .xid()),
            "(...)");
  EXPECT_EQ(
      shape(mariadb().mariadb_gtid("0-1-1").query("SAVEPOINT a").query("ROLLBACK TO `a`").query("COMMIT")),
      "(..)");
}

TEST(GroupTracker, mariadb_myisam_statements_end_with_a_commit) {
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1", 0x08).query("INSERT").query("INSERT").query("COMMIT")),
            "(..)");
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1", 0x00).query("INSERT").query("ROLLBACK")), "(.)");
}

TEST(GroupTracker, mariadb_xa) {
  EXPECT_EQ(shape(mariadb()
                      .mariadb_gtid("0-1-1", 0x4c)
                      .table_map()
                      .rows()
                      .query("XA END X'78',X'',1")
                      .add(EventType::xa_prepare, "x")),
            "(...)");
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1", 0x8d).query("XA COMMIT X'78',X'',1")), "()");
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1", 0x89).query("XA ROLLBACK X'78',X'',1")), "()");
}

TEST(GroupTracker, mariadb_standalone_statement_with_variables) {
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1", 0x01).add(EventType::intvar).query("INSERT")), "(.)");
  EXPECT_EQ(shape(mariadb()
                      .mariadb_gtid("0-1-1", 0x01)
                      .add(EventType::begin_load_query)
                      .add(EventType::execute_load_query)),
            "(.)");
}

TEST(GroupTracker, events_of_the_log_itself_are_between_groups) {
  EXPECT_EQ(shape(mysql().format().previous_gtids("").group(kUuid1).rotate("bin.000002")), "--(..)-");
  EXPECT_EQ(
      shape(mariadb().format().gtid_list({}).add(EventType::mariadb_binlog_checkpoint).add(EventType::stop)),
      "----");
}

TEST(GroupTracker, a_transaction_cut_by_a_crash_ends_where_the_next_begins) {
  EXPECT_EQ(shape(mariadb().mariadb_gtid("0-1-1").query("INSERT").mariadb_group("0-1-2")), "(.(.)");
}

TEST(GroupTracker, unknown_events_are_skipped_only_if_they_say_so) {
  EXPECT_EQ(shape(mysql().add(EventType{99}, "x", kFlagIgnorable)), "-");
  EXPECT_EQ(shape(mysql().gtid(kUuid1).query("BEGIN").add(EventType{99}, "x", kFlagIgnorable).xid()), "(..)");
  EXPECT_EQ(shape(mysql().add(EventType{99}, "x")), "?");
}

}  // namespace
}  // namespace tanist::binlog

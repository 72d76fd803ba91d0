#include "mysql/dialect.h"

#include <gtest/gtest.h>

namespace tanist::mysql {
namespace {

struct Spoken {
  const char* version;
  const char* replica_status;
  const char* primary_status;
  const char* start;
  const char* reset;
  const char* change;
  const char* host_column;
  const char* workers;
  const char* wait;
};

// The words of every version at which one of them changed.
const Spoken kSpoken[] = {
    {"5.5.62-log", "SHOW SLAVE STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL", "CHANGE MASTER TO MASTER_",
     "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"5.6.24", "SHOW SLAVE STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL", "CHANGE MASTER TO MASTER_",
     "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"5.7.44-log", "SHOW SLAVE STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL", "CHANGE MASTER TO MASTER_",
     "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"8.0.21", "SHOW SLAVE STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL", "CHANGE MASTER TO MASTER_",
     "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"8.0.22", "SHOW REPLICA STATUS", "SHOW MASTER STATUS", "START REPLICA", "RESET REPLICA ALL",
     "CHANGE MASTER TO MASTER_", "Source_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"8.0.26", "SHOW REPLICA STATUS", "SHOW MASTER STATUS", "START REPLICA", "RESET REPLICA ALL",
     "CHANGE REPLICATION SOURCE TO SOURCE_", "Source_Host", "replica_parallel_workers", "SOURCE_POS_WAIT"},
    {"8.4.3", "SHOW REPLICA STATUS", "SHOW BINARY LOG STATUS", "START REPLICA", "RESET REPLICA ALL",
     "CHANGE REPLICATION SOURCE TO SOURCE_", "Source_Host", "replica_parallel_workers", "SOURCE_POS_WAIT"},
    {"9.7.4-2", "SHOW REPLICA STATUS", "SHOW BINARY LOG STATUS", "START REPLICA", "RESET REPLICA ALL",
     "CHANGE REPLICATION SOURCE TO SOURCE_", "Source_Host", "replica_parallel_workers", "SOURCE_POS_WAIT"},
    {"5.5.68-MariaDB", "SHOW SLAVE STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL",
     "CHANGE MASTER TO MASTER_", "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"10.1.48-MariaDB", "SHOW ALL SLAVES STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL",
     "CHANGE MASTER TO MASTER_", "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"5.5.5-10.5.23-MariaDB-log", "SHOW ALL SLAVES STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL",
     "CHANGE MASTER TO MASTER_", "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"10.11.19-MariaDB-0+deb12u1", "SHOW ALL SLAVES STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL",
     "CHANGE MASTER TO MASTER_", "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
    {"11.4.5-MariaDB", "SHOW ALL SLAVES STATUS", "SHOW MASTER STATUS", "START SLAVE", "RESET SLAVE ALL",
     "CHANGE MASTER TO MASTER_", "Master_Host", "slave_parallel_workers", "MASTER_POS_WAIT"},
};

Dialect dialect_of(const char* version) { return Dialect(parse_server_version(version)); }

TEST(Dialect, every_version_hears_its_own_words) {
  for (const Spoken& spoken : kSpoken) {
    SCOPED_TRACE(spoken.version);
    Dialect dialect = dialect_of(spoken.version);
    EXPECT_EQ(dialect.replica_status(), spoken.replica_status);
    EXPECT_EQ(dialect.primary_status(), spoken.primary_status);
    const bool new_words = std::string_view(spoken.replica_status) == "SHOW REPLICA STATUS";
    EXPECT_EQ(dialect.connected_replicas(), new_words ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS");
    EXPECT_EQ(dialect.start_replica(), spoken.start);
    EXPECT_EQ(dialect.start_receiver(), std::string(spoken.start) + " IO_THREAD");
    EXPECT_EQ(dialect.start_applier(), std::string(spoken.start) + " SQL_THREAD");
    EXPECT_EQ(dialect.reset_replica_all(), spoken.reset);
    ChangeSource change;
    change.port = 3307;
    EXPECT_EQ(dialect.change_source(change), std::string(spoken.change) + "PORT=3307");
    EXPECT_EQ(dialect.status_column("Source_Host"), spoken.host_column);
    EXPECT_EQ(dialect.status_column("Last_IO_Errno"), "Last_IO_Errno");
    EXPECT_EQ(dialect.variable("replica_parallel_workers"), spoken.workers);
    EXPECT_EQ(dialect.wait_for_position({"mysql-bin.000007", 120}, 3),
              "SELECT " + std::string(spoken.wait) + "('mysql-bin.000007', 120, 3) AS result");
  }
}

TEST(Dialect, what_a_version_has) {
  struct Row {
    const char* version;
    bool gtid_mode, super_read_only, delay, uuid, checkpoint;
  };
  const Row rows[] = {{"5.5.62", false, false, false, false, false}, {"5.6.24", true, false, true, true, true},
                      {"5.7.7", true, false, true, true, true},      {"5.7.44", true, true, true, true, true},
                      {"9.7.4", true, true, true, true, true},       {"10.1.48-MariaDB", false, false, false, false, false},
                      {"10.11.19-MariaDB", false, false, true, false, false}};
  for (const Row& row : rows) {
    Dialect dialect = dialect_of(row.version);
    EXPECT_EQ(dialect.has_gtid_mode(), row.gtid_mode) << row.version;
    EXPECT_EQ(dialect.has_super_read_only(), row.super_read_only) << row.version;
    EXPECT_EQ(dialect.has_delay(), row.delay) << row.version;
    EXPECT_EQ(dialect.has_server_uuid(), row.uuid) << row.version;
    EXPECT_EQ(dialect.has_checkpoint_period(), row.checkpoint) << row.version;
  }
}

TEST(Dialect, gtids_are_waited_for_and_read_in_three_ways) {
  const std::string set = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
  EXPECT_EQ(dialect_of("5.6.24").wait_for_gtids(set, 2), "SELECT WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS('" + set + "', 2) AS result");
  EXPECT_EQ(dialect_of("8.4.0").wait_for_gtids(set, 2), "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', 2) AS result");
  EXPECT_EQ(dialect_of("10.11.2-MariaDB").wait_for_gtids("0-1-5", 2), "SELECT MASTER_GTID_WAIT('0-1-5', 2) AS result");
  EXPECT_EQ(dialect_of("5.5.62").gtid_sets(), "");
  EXPECT_NE(dialect_of("9.7.4").gtid_sets().find("@@GLOBAL.gtid_executed"), std::string::npos);
  EXPECT_NE(dialect_of("10.1.1-MariaDB").gtid_sets().find("@@GLOBAL.gtid_slave_pos"), std::string::npos);
}

ChangeSource everything() {
  ChangeSource change;
  change.host = "db1";
  change.port = 3306;
  change.user = "repl";
  change.password = Secret("it's a \\ secret");
  change.from = gtid::LogCoordinates{"mysql-bin.000001", 4};
  change.keep_relay = gtid::LogCoordinates{"relay-bin.000002", 254};
  change.gtid = GtidUse::none;
  change.ssl = true;
  change.ssl_verify = false;
  change.get_public_key = true;
  change.connect_retry_seconds = 1;
  change.delay_seconds = 0;
  change.heartbeat_seconds = 5;
  return change;
}

TEST(ChangeSource, says_what_the_server_understands) {
  EXPECT_EQ(dialect_of("9.7.4").change_source(everything()),
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='db1', SOURCE_PORT=3306, SOURCE_USER='repl', "
            "SOURCE_PASSWORD='it\\'s a \\\\ secret', SOURCE_CONNECT_RETRY=1, SOURCE_HEARTBEAT_PERIOD=5, SOURCE_DELAY=0, SOURCE_SSL=1, "
            "SOURCE_SSL_VERIFY_SERVER_CERT=0, GET_SOURCE_PUBLIC_KEY=1, SOURCE_AUTO_POSITION=0, "
            "SOURCE_LOG_FILE='mysql-bin.000001', SOURCE_LOG_POS=4, RELAY_LOG_FILE='relay-bin.000002', RELAY_LOG_POS=254");
  EXPECT_EQ(dialect_of("10.1.48-MariaDB").change_source(everything()),
            "CHANGE MASTER TO MASTER_HOST='db1', MASTER_PORT=3306, MASTER_USER='repl', "
            "MASTER_PASSWORD='it\\'s a \\\\ secret', MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=5, MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=0, "
            "MASTER_USE_GTID=no, MASTER_LOG_FILE='mysql-bin.000001', MASTER_LOG_POS=4, "
            "RELAY_LOG_FILE='relay-bin.000002', RELAY_LOG_POS=254");
}

TEST(ChangeSource, the_masked_form_differs_only_in_the_password) {
  std::string masked = dialect_of("5.6.24").change_source_masked(everything());
  EXPECT_EQ(masked.find("secret"), std::string::npos);
  EXPECT_NE(masked.find("MASTER_PASSWORD='xxx'"), std::string::npos);
}

TEST(ChangeSource, each_way_of_using_gtids) {
  auto text = [](const char* version, GtidUse use) {
    ChangeSource change;
    change.gtid = use;
    return dialect_of(version).change_source(change);
  };
  EXPECT_EQ(text("5.6.24", GtidUse::auto_position), "CHANGE MASTER TO MASTER_AUTO_POSITION=1");
  EXPECT_EQ(text("8.4.0", GtidUse::none), "CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION=0");
  EXPECT_EQ(text("10.5.1-MariaDB", GtidUse::slave_pos), "CHANGE MASTER TO MASTER_USE_GTID=slave_pos");
  EXPECT_EQ(text("10.5.1-MariaDB", GtidUse::current_pos), "CHANGE MASTER TO MASTER_USE_GTID=current_pos");
}

TEST(SqlLiteral, is_safe_for_every_byte) {
  EXPECT_EQ(sql_literal("plain text"), "'plain text'");
  EXPECT_EQ(sql_literal("it's"), "x'69742773'");
  EXPECT_EQ(sql_literal("a\\b"), "x'615C62'");
  EXPECT_EQ(sql_literal(std::string("\0\xff", 2)), "x'00FF'");
  EXPECT_EQ(sql_literal(""), "''");
}

TEST(Dialect, replication_filters_are_told_by_those_who_can) {
  EXPECT_EQ(dialect_of("5.7.44").replication_filters(), "");
  EXPECT_NE(dialect_of("8.0.36").replication_filters().find("replication_applier_global_filters"), std::string::npos);
  EXPECT_EQ(dialect_of("10.11.6-MariaDB").replication_filters(), "SHOW GLOBAL VARIABLES LIKE 'replicate%'");
}

}  // namespace
}  // namespace tanist::mysql

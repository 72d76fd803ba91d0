#include "standin/questions.h"

#include <gtest/gtest.h>

namespace tanist::standin {
namespace {

struct Ear {
  Profile profile{.version = parse_server_version("9.7.4"),
                  .server_id = 11,
                  .server_uuid = "uuid-1",
                  .checksum = "CRC32",
                  .credentials = {},
                  .replicas = {}};
  UserVariables variables;
  std::optional<std::string> position = "0-1-5";

  // The picture of an answer: "OK", "ERR 1193", or the cells of its rows.
  std::string hears(std::string_view sql) {
    Asked asked{profile, "ON", variables, 1700000000, [this](std::string_view file, uint64_t pos) {
                  return file == "bin.000001" && pos == 300 ? position : std::nullopt;
                }};
    Answer given = answer(sql, asked);
    if (std::holds_alternative<Done>(given)) return "OK";
    if (const auto* refusal = std::get_if<Refusal>(&given)) return "ERR " + std::to_string(refusal->number);
    std::string text;
    for (const auto& row : std::get<Table>(given).rows) {
      for (const auto& cell : row) text += (text.empty() ? "" : " ") + cell.value_or("NULL");
    }
    return text.empty() ? "empty" : text;
  }
};

// Word for word what the receivers of 5.6, MariaDB 10.11 and 9.7 ask, in their order.
TEST(Questions, every_question_of_the_three_receivers_has_its_answer) {
  Ear ear;
  struct Case {
    const char* sql;
    const char* heard;
  };
  for (const Case& c : {
           Case{"SELECT UNIX_TIMESTAMP()", "1700000000"},
           Case{"SHOW VARIABLES LIKE 'SERVER_ID'", "server_id 11"},
           Case{"SELECT @@GLOBAL.SERVER_ID", "11"},
           Case{"SET @master_heartbeat_period= 1000000000", "OK"},
           Case{"SET @master_heartbeat_period = 5, @source_heartbeat_period = 5", "OK"},
           Case{"SET @master_binlog_checksum= @@global.binlog_checksum", "OK"},
           Case{"SELECT @master_binlog_checksum", "CRC32"},
           Case{"SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = "
                "@@global.binlog_checksum",
                "OK"},
           Case{"SELECT @source_binlog_checksum", "CRC32"},
           Case{"SET @master_binlog_checksum='NONE'", "OK"},
           Case{"SELECT @master_binlog_checksum", "NONE"},
           Case{"SELECT @@GLOBAL.GTID_MODE", "ON"},
           Case{"SELECT @@GLOBAL.SERVER_UUID", "uuid-1"},
           Case{"SHOW VARIABLES LIKE 'SERVER_UUID'", "server_uuid uuid-1"},
           Case{"SET @slave_uuid= 'abc'", "OK"},
           Case{"SET @mariadb_slave_capability=4", "OK"},
           Case{"SELECT @@GLOBAL.gtid_domain_id", "0"},
           Case{"SET @slave_connect_state='0-1-5,1-2-9'", "OK"},
           Case{"SET @slave_gtid_strict_mode=0", "OK"},
           Case{"SELECT binlog_gtid_pos('bin.000001',300)", "0-1-5"},
           Case{"SELECT binlog_gtid_pos('bin.000001',301)", "NULL"},
           Case{"SELECT binlog_gtid_pos('bin.000001')", "NULL"},
           Case{"SHOW VARIABLES LIKE 'rpl_semi_sync_master_enabled'", "empty"},
           Case{"SELECT @@global.rpl_semi_sync_source_enabled", "ERR 1193"},
           Case{"SELECT VERSION()", "9.7.4"},
           Case{"SET NAMES latin1", "OK"},
           Case{"set session net_write_timeout=30", "OK"},
           Case{"SELECT * FROM mysql.user", "ERR 1105"},
           Case{"DROP DATABASE test", "ERR 1105"},
           Case{"", "ERR 1105"},
           Case{"  select\n@@version ; ", "9.7.4"},
       }) {
    EXPECT_EQ(ear.hears(c.sql), c.heard) << c.sql;
  }
  EXPECT_EQ(ear.variables["slave_connect_state"], "0-1-5,1-2-9") << "the comma inside quotes does not cut";
  EXPECT_EQ(ear.variables["source_heartbeat_period"], "5");
  EXPECT_EQ(ear.variables["mariadb_slave_capability"], "4");
}

TEST(Questions, assignments_are_taken_whatever_their_form) {
  UserVariables variables;
  take_assignments("SET @A := 'it''s', @b=\"x,y\" , @@session.c=1, d=2, @e", variables);
  EXPECT_EQ(variables, (UserVariables{{"a", "it's"}, {"b", "x,y"}}));
  take_assignments("SELECT @a=1", variables);
  EXPECT_EQ(variables.size(), 2u);
}

}  // namespace
}  // namespace tanist::standin

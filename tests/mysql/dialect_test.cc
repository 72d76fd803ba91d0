#include "mysql/dialect.h"

#include <algorithm>

#include "base/text.h"
#include "servers.h"
#include "sys/posix_files.h"

namespace tanist::real {
namespace {

using mysql::ChangeSource;
using mysql::Dialect;
using mysql::Rows;

class DialectTest : public ServerTest {
 protected:
  // A replica of a port where nobody listens: it can be changed, started and looked at.
  Task<void> make_replica(mysql::Session& session, ChangeSource change) {
    Dialect dialect = dialect_of(session);
    co_await forget_replica(session);
    change.host = "127.0.0.1";
    change.port = 9;
    if (!change.user) change.user = "repl";
    co_await ask(session, dialect.change_source(change));
  }
};

TEST_F(DialectTest, every_reading_statement_is_understood) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Dialect dialect = dialect_of(*session);
    for (std::string sql : {dialect.replica_status(), dialect.primary_status(), dialect.heartbeats_received(),
                            dialect.gtid_sets(), dialect.semi_sync_status(), dialect.connected_replicas(), Dialect::receivers_connected(), Dialect::grants_of(servers.root, "%"),
                            dialect.wait_for_position({"mysql-bin.000001", 4}, 1)}) {
      if (!sql.empty()) co_await ask(*session, sql);
    }
    Rows end = co_await ask(*session, dialect.primary_status());
    EXPECT_TRUE(end.get(0, "File")) << "the servers of this test write binary logs";
    Rows variable = co_await ask(*session, "SHOW GLOBAL VARIABLES LIKE 'super_read_only'");
    EXPECT_EQ(!variable.empty(), dialect.has_super_read_only());
  });
}

TEST_F(DialectTest, a_reached_gtid_set_is_not_waited_for) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Dialect dialect = dialect_of(*session);
    Rows sets = co_await ask(*session, dialect.gtid_sets());
    // 5.6 can wait only while it replicates; MariaDB waits for what its applier has done.
    bool is_old = servers.flavour == "mysql56";
    std::string done = sets.get(0, dialect.version().is_mariadb() ? "gtid_slave_pos" : "gtid_executed").value_or("");
    std::erase(done, '\n');
    Rows waited = co_await ask(*session, dialect.wait_for_gtids(done, 5));
    EXPECT_EQ(waited.get(0, "result"), is_old ? std::nullopt : std::optional<std::string>("0"));
  });
}

TEST_F(DialectTest, read_only_goes_on_and_off) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Dialect dialect = dialect_of(*session);
    for (bool on : {true, false}) {
      co_await ask(*session, dialect.set_read_only(on));
      Rows rows = co_await ask(*session, "SELECT @@GLOBAL.read_only AS value");
      EXPECT_EQ(rows.get(0, "value"), on ? "1" : "0");
    }
    if (dialect.has_checkpoint_period()) {
      std::string variable = dialect.variable("replica_checkpoint_period");
      co_await ask(*session, dialect.set_checkpoint_period(1));
      Rows rows = co_await ask(*session, "SELECT @@GLOBAL." + variable + " AS value");
      EXPECT_EQ(rows.get(0, "value"), "1");
      co_await ask(*session, dialect.set_checkpoint_period(300));
    }
  });
}

TEST_F(DialectTest, a_change_can_be_read_back_from_the_status) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Dialect dialect = dialect_of(*session);
    ChangeSource change;
    change.password = Secret("x");
    change.from = gtid::LogCoordinates{"mysql-bin.000007", 120};
    change.gtid = mysql::GtidUse::none;
    change.ssl = false;
    change.connect_retry_seconds = 7;
    change.delay_seconds = 3;
    change.get_public_key = true;
    co_await make_replica(*session, change);
    Rows rows = co_await ask(*session, dialect.replica_status());
    auto cell = [&](std::string_view newest) { return rows.get(0, dialect.status_column(newest)); };
    EXPECT_EQ(cell("Source_Host"), "127.0.0.1");
    EXPECT_EQ(cell("Source_Port"), "9");
    EXPECT_EQ(cell("Source_User"), "repl");
    EXPECT_EQ(cell("Source_Log_File"), "mysql-bin.000007");
    EXPECT_EQ(cell("Read_Source_Log_Pos"), "120");
    EXPECT_EQ(cell("Connect_Retry"), "7");
    EXPECT_EQ(cell("SQL_Delay"), "3");
    EXPECT_EQ(cell("Source_SSL_Allowed"), "No");
    EXPECT_EQ(cell("Channel_Name").value_or(""), "");
    EXPECT_EQ(cell("Get_Source_public_key"), is_modern() ? std::optional<std::string>("1") : std::nullopt);
    for (std::string_view name :
         {"Replica_IO_Running", "Replica_SQL_Running", "Relay_Log_File", "Relay_Log_Pos", "Relay_Source_Log_File",
          "Exec_Source_Log_Pos", "Source_SSL_Verify_Server_Cert", "Last_IO_Errno", "Last_SQL_Error", "Source_Server_Id",
          "Replica_SQL_Running_State", "Replicate_Wild_Ignore_Table"}) {
      EXPECT_TRUE(cell(name)) << name;
    }
    co_await forget_replica(*session);
    Rows gone = co_await ask(*session, dialect.replica_status());
    EXPECT_TRUE(gone.empty());
  });
}

// The sixth line of a master.info: how many lines, file, position, host, user, password.
std::string password_in(const std::string& directory) {
  auto text = sys::PosixFiles().read(directory + "master.info");
  return text ? split(*text, '\n').at(5) : text.error().what;
}

TEST_F(DialectTest, every_printable_character_may_be_in_a_password) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    std::string printable;
    for (char c = ' '; c <= '~'; ++c) printable += c;
    for (size_t at = 0; at < printable.size(); at += 24) {  // at most 32 characters are allowed
      ChangeSource change;
      change.password = Secret("a" + printable.substr(at, 24) + "z");
      co_await make_replica(*session, change);
      if (is_modern()) {
        Rows stored = co_await ask(*session, "SELECT User_password AS value FROM mysql.slave_master_info");
        EXPECT_EQ(stored.get(0, "value"), change.password->reveal());
      } else {
        Rows datadir = co_await ask(*session, "SELECT @@datadir AS value");
        EXPECT_EQ(password_in(datadir.get(0, "value").value_or("")), change.password->reveal());
      }
    }
    co_await forget_replica(*session);
  });
}

TEST_F(DialectTest, receiver_and_applier_start_and_stop_apart) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Dialect dialect = dialect_of(*session);
    ChangeSource change;
    change.gtid = mysql::GtidUse::none;
    change.from = gtid::LogCoordinates{"mysql-bin.000001", 4};
    change.password = Secret("x");
    co_await make_replica(*session, change);
    auto running = [&](std::string_view what) -> Task<std::string> {
      Rows rows = co_await ask(*session, dialect.replica_status());
      co_return rows.get(0, dialect.status_column(what)).value_or("");
    };
    co_await ask(*session, dialect.start_receiver());
    EXPECT_NE(co_await running("Replica_IO_Running"), "No");
    EXPECT_EQ(co_await running("Replica_SQL_Running"), "No");
    co_await ask(*session, dialect.stop_receiver());
    EXPECT_EQ(co_await running("Replica_IO_Running"), "No");
    co_await ask(*session, dialect.start_applier());
    EXPECT_EQ(co_await running("Replica_SQL_Running"), "Yes");
    co_await ask(*session, dialect.stop_applier());
    EXPECT_EQ(co_await running("Replica_SQL_Running"), "No");
    co_await forget_replica(*session);
  });
}

}  // namespace
}  // namespace tanist::real

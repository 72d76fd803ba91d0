#include "discovery/probe.h"

#include "discovery/prober.h"
#include "gtid/mysql_gtid_set.h"
#include "mysql/dialect.h"
#include "servers.h"

namespace tanist::real {
namespace {

using mysql::Dialect;
using mysql::Rows;
using topology::ServerState;
using topology::Silence;

class ProbeTest : public ServerTest {
 protected:
  Task<ServerState> look(mysql::Session& session) {
    auto state = co_await discovery::probe(session, in(20s));
    EXPECT_TRUE(state) << state.error().what;
    co_return state.value_or(ServerState{});
  }
};

TEST_F(ProbeTest, a_server_that_is_no_replica) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    co_await forget_replica(*session);
    ServerState state = co_await look(*session);
    EXPECT_EQ(state.version.is_mysql(), is_mysql());
    EXPECT_NE(state.server_id, 0U);
    EXPECT_EQ(state.server_uuid.empty(), !is_mysql());
    EXPECT_FALSE(state.read_only);
    EXPECT_FALSE(state.super_read_only);
    EXPECT_TRUE(state.log_bin);
    EXPECT_TRUE(state.log_replica_updates);
    EXPECT_FALSE(state.binlog_end.empty());
    EXPECT_GT(state.binlog_end.pos, 4U);
    EXPECT_EQ(state.gtid_mode, is_mysql() ? "ON" : "");
    EXPECT_FALSE(state.relay_log_purge) << "as the servers of these tests are started";
    EXPECT_TRUE(state.datadir.ends_with('/'));
    EXPECT_TRUE(state.log_bin_basename.starts_with('/')) << state.log_bin_basename;
    EXPECT_TRUE(state.relay_log_basename.starts_with('/')) << state.relay_log_basename;
    EXPECT_FALSE(state.semi_sync_source);
    EXPECT_TRUE(state.channels.empty());
  });
}

TEST_F(ProbeTest, a_write_moves_the_coordinates_and_the_gtids) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    ServerState before = co_await look(*session);
    co_await ask(*session, "CREATE DATABASE IF NOT EXISTS tanist_probe");
    co_await ask(*session, "DROP DATABASE tanist_probe");
    ServerState after = co_await look(*session);
    EXPECT_GT(after.binlog_end, before.binlog_end);
    EXPECT_EQ(after.executed_gtids != before.executed_gtids, is_mysql());
    EXPECT_EQ(after.mariadb_binlog_pos != before.mariadb_binlog_pos, !is_mysql());
  });
}

TEST_F(ProbeTest, a_replica_that_cannot_connect) {
  run([&]() -> Task<void> {
    auto session = co_await root();
    Dialect dialect = dialect_of(*session);
    co_await forget_replica(*session);
    mysql::ChangeSource change;
    change.host = "127.0.0.1";
    change.port = 9;
    change.user = "repl";
    change.password = Secret("x");
    change.gtid = mysql::GtidUse::none;
    change.from = gtid::LogCoordinates{"mysql-bin.000007", 120};
    co_await ask(*session, dialect.change_source(change));
    co_await ask(*session, dialect.start_replica());
    ServerState state;
    TimePoint limit = in(20s);
    do state = co_await look(*session);
    while (state.replica() && state.replica()->receiver_errno == 0 && reactor.now() < limit);
    co_await forget_replica(*session);
    EXPECT_TRUE(state.replica());
    if (!state.replica()) co_return;
    const auto& replica = *state.replica();
    EXPECT_EQ(replica.source_host, "127.0.0.1");
    EXPECT_EQ(replica.source_port, 9);
    EXPECT_EQ(replica.source_user, "repl");
    EXPECT_EQ(replica.receiver, topology::ReceiverState::connecting);
    EXPECT_EQ(replica.receiver_errno, 2003) << replica.receiver_error;
    EXPECT_TRUE(replica.applier_running);
    EXPECT_EQ(replica.received, (gtid::LogCoordinates{"mysql-bin.000007", 120}));
    EXPECT_FALSE(replica.relay.empty());
    EXPECT_TRUE(state.relay_log_basename.ends_with(replica.relay.file.substr(0, replica.relay.file.rfind('.'))))
        << state.relay_log_basename << " " << replica.relay.file;
    EXPECT_EQ(replica.positioning, topology::Positioning::file_position);
    EXPECT_EQ(replica.heartbeats.value_or(0), 0U);
    EXPECT_EQ(replica.seconds_behind, std::nullopt);
  });
}

TEST_F(ProbeTest, a_named_channel_is_seen_with_its_name) {
  run([&]() -> Task<void> {
    if (servers.flavour == "mysql56") co_return;  // has none
    auto session = co_await root();
    co_await forget_replica(*session);
    bool maria = !is_mysql();
    co_await ask(*session, maria ? "CHANGE MASTER 'other' TO MASTER_HOST='127.0.0.1', MASTER_PORT=9"
                                 : "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=9 FOR CHANNEL 'other'");
    ServerState state = co_await look(*session);
    co_await ask(*session, maria ? "RESET SLAVE 'other' ALL" : "RESET REPLICA ALL FOR CHANNEL 'other'");
    EXPECT_EQ(state.channels.size(), 1U);
    for (const auto& channel : state.channels) EXPECT_EQ(channel.channel, "other");
    EXPECT_EQ(state.replica(), nullptr);
  });
}

TEST_F(ProbeTest, a_long_gtid_set_comes_whole) {
  run([&]() -> Task<void> {
    if (!is_mysql()) co_return;
    auto session = co_await root();
    co_await forget_replica(*session);
    std::string reset = !is_modern() ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS";
    std::string set = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    for (int i = 1; i < 1000; i += 2) set += ":" + std::to_string(i);
    set += ",4f21fa47-71ca-11e1-9e33-c80aa9429562:1-7";
    co_await ask(*session, reset);
    co_await ask(*session, "SET GLOBAL gtid_purged = '" + set + "'");
    ServerState state = co_await look(*session);
    co_await ask(*session, reset);
    auto wanted = gtid::GtidSet::parse(set), executed = gtid::GtidSet::parse(state.executed_gtids);
    EXPECT_TRUE(executed) << state.executed_gtids;
    EXPECT_EQ(executed.value_or(gtid::GtidSet()), *wanted);
    EXPECT_EQ(state.purged_gtids, state.executed_gtids);
  });
}

TEST_F(ProbeTest, an_account_without_rights_is_refused_and_named_so) {
  run([&]() -> Task<void> {
    auto admin = co_await root();
    co_await remake_user(*admin, "tanist_poor@'127.0.0.1'", "BY 'pw'", "");
    auto session = co_await login("tanist_poor", "pw");
    EXPECT_TRUE(session) << session.error().what;
    if (!session) co_return;
    auto state = co_await discovery::probe(**session, in(20s));
    EXPECT_FALSE(state);
    if (state) co_return;
    EXPECT_EQ(state.error().contact, mysql::Contact::error_packet);
    EXPECT_EQ(state.error().number, 1227) << state.error().what;
  });
}

TEST_F(ProbeTest, the_replication_right_is_found) {
  run([&]() -> Task<void> {
    auto admin = co_await root();
    co_await remake_user(*admin, "tanist_repl@localhost", "BY 'pw'", "");
    co_await remake_user(*admin, "tanist_repl@'10.%'", "BY 'pw'", "REPLICATION SLAVE");
    co_await remake_user(*admin, "tanist_poor@'127.0.0.1'", "BY 'pw'", "PROCESS");
    auto yes = co_await discovery::may_replicate(*admin, "tanist_repl", in(20s));
    EXPECT_EQ(yes, true) << "one host of the account is enough";
    auto no = co_await discovery::may_replicate(*admin, "tanist_poor", in(20s));
    EXPECT_EQ(no, false);
    auto nobody = co_await discovery::may_replicate(*admin, "tanist_no'body", in(20s));
    EXPECT_EQ(nobody, false);
    auto poor = co_await login("tanist_poor", "pw");
    auto unknown = co_await discovery::may_replicate(**poor, "tanist_repl", in(20s));
    EXPECT_EQ(unknown, std::nullopt);
  });
}

TEST_F(ProbeTest, a_replica_that_replicates) {
  run([&]() -> Task<void> {
    auto primary = co_await root(servers.primary);
    auto replica = co_await root(servers.replica);
    co_await ask(*primary, "CREATE DATABASE tanist_probe");
    co_await ask(*primary, "DROP DATABASE tanist_probe");
    ServerState source = co_await look(*primary), state;
    TimePoint limit = in(20s);
    auto caught_up = [&] {
      const auto* status = state.replica();
      bool same = state.executed_gtids == source.executed_gtids && state.mariadb_slave_pos == source.mariadb_binlog_pos;
      return status && status->received == source.binlog_end && same && status->seconds_behind == 0U;
    };
    do state = co_await look(*replica);
    while (!caught_up() && reactor.now() < limit);
    EXPECT_TRUE(caught_up()) << state.executed_gtids << state.mariadb_slave_pos;
    EXPECT_TRUE(state.replica());
    if (!state.replica()) co_return;
    const auto& status = *state.replica();
    EXPECT_EQ(status.source_port, servers.primary.port);
    EXPECT_EQ(status.source_server_id, source.server_id);
    EXPECT_EQ(status.source_uuid, source.server_uuid);
    EXPECT_EQ(status.receiver, topology::ReceiverState::running);
    EXPECT_TRUE(status.applier_running);
    EXPECT_EQ(status.receiver_errno, 0);
    EXPECT_EQ(status.connect_retry_seconds, 1U);
    EXPECT_FALSE(status.ssl);
    EXPECT_EQ(status.positioning, is_mysql() ? topology::Positioning::auto_position : topology::Positioning::mariadb_slave_pos);
    EXPECT_EQ(source.semi_sync_source, servers.flavour != "mysql56");
    EXPECT_EQ(source.replica(), nullptr);
    EXPECT_EQ(source.registered.size(), 1U);
    for (const auto& one : source.registered) {
      EXPECT_EQ(one.server_id, state.server_id);
      EXPECT_EQ(one.port, servers.replica.port);
      EXPECT_EQ(source.receivers, one.host.empty() ? std::vector<std::string>{"127.0.0.1"} : std::vector<std::string>{});
    }
    EXPECT_TRUE(state.registered.empty()) << "nobody replicates from it";
  });
}

// All servers as one cluster, and one more that is not there.
class ProberTest : public ServerTest {
 protected:
  ProberTest() {
    add("alone", servers.alone);
    add("primary", servers.primary);
    add("replica", servers.replica);
    add("nobody", {"127.0.0.1", 9});
  }
  void add(const std::string& name, const mysql::Endpoint& endpoint) {
    config::ServerConfig server;
    server.id = ServerId(name);
    server.hostname = name;
    server.ip = endpoint.address;
    server.port = endpoint.port;
    server.user = servers.root;
    server.password = Secret(servers.password);
    cluster.servers.push_back(server);
  }
  void expect_all_but_nobody(const std::vector<topology::Observation>& seen) {
    ASSERT_EQ(seen.size(), cluster.servers.size());
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].server, cluster.servers[i].id);
    for (size_t i = 0; i + 1 < seen.size(); ++i) {
      EXPECT_TRUE(seen[i].state()) << seen[i].server.text << ": " << seen[i].no_answer()->what;
    }
    ASSERT_TRUE(seen.back().no_answer());
    EXPECT_EQ(seen.back().no_answer()->silence, Silence::refused) << seen.back().no_answer()->what;
  }
  config::ClusterConfig cluster;
};

TEST_F(ProberTest, looks_at_all_within_a_second_and_keeps_its_connections) {
  run([&]() -> Task<void> {
    auto admin = co_await root();
    co_await remake_user(*admin, "tanist_prober@'127.0.0.1'", "BY 'pw'", "ALL PRIVILEGES");
    cluster.servers[0].user = "tanist_prober";
    cluster.servers[0].password = Secret("pw");
    discovery::Prober prober(reactor, connector, cluster);
    for (int round = 0; round < 2; ++round) {
      TimePoint start = reactor.now();
      auto seen = co_await prober.look(5s);
      EXPECT_LT(reactor.now() - start, 1s);
      EXPECT_GE(seen.at(0).at, start);
      expect_all_but_nobody(seen);
    }
    Rows its = co_await ask(*admin, "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE User = 'tanist_prober'");
    EXPECT_EQ(its.get(0, "n"), "1");
  });
}

TEST_F(ProberTest, a_killed_connection_is_replaced_in_the_same_look) {
  run([&]() -> Task<void> {
    discovery::Prober prober(reactor, connector, cluster);
    co_await prober.look(5s);
    auto admin = co_await root();
    Rows others = co_await ask(*admin, "SELECT Id FROM information_schema.processlist WHERE User = '" + servers.root +
                                           "' AND Id <> CONNECTION_ID()");
    EXPECT_FALSE(others.empty());
    for (const auto& row : others.rows) co_await ask(*admin, "KILL " + row[0].value_or("0"));
    auto seen = co_await prober.look(5s);
    expect_all_but_nobody(seen);
  });
}

}  // namespace
}  // namespace tanist::real

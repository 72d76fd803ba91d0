#include "daemon/effective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tanist::daemon {
namespace {

using testing::ElementsAre;

config::ClusterConfig file_of(std::vector<std::string> hosts) {
  config::ClusterConfig file;
  file.name = "app1";
  for (const std::string& host : hosts) {
    config::ServerConfig server;
    server.id = ServerId{"section of " + host};
    server.hostname = host;
    server.port = 3306;
    file.servers.push_back(std::move(server));
  }
  return file;
}

std::vector<std::string> hosts_of(const config::ClusterConfig& config) {
  std::vector<std::string> hosts;
  for (const auto& server : config.servers) hosts.push_back(server.hostname);
  return hosts;
}

store::ClusterMemory deposed(std::vector<store::Address> servers) {
  store::ClusterMemory memory;
  for (store::Address& server : servers) memory.deposed.push_back({.server = std::move(server)});
  return memory;
}

TEST(EffectiveConfig, is_the_file_without_who_was_replaced) {
  EXPECT_THAT(hosts_of(effective_config(file_of({"db1", "db2", "db3"}), {})), ElementsAre("db1", "db2", "db3"));
  EXPECT_THAT(hosts_of(effective_config(file_of({"db1", "db2", "db3"}), deposed({{"db1", 3306}}))), ElementsAre("db2", "db3"));
}

TEST(EffectiveConfig, tells_servers_of_one_host_apart) {
  EXPECT_THAT(hosts_of(effective_config(file_of({"db1", "db2"}), deposed({{"db1", 3307}}))), ElementsAre("db1", "db2"));
}

TEST(EffectiveConfig, never_is_empty) {
  EXPECT_THAT(hosts_of(effective_config(file_of({"db1", "db2"}), deposed({{"db1", 3306}, {"db2", 3306}}))),
              ElementsAre("db1", "db2"));
}

TEST(EffectiveConfig, lets_a_dead_replica_stop_nobody) {
  for (const auto& server : effective_config(file_of({"db1", "db2"}), {}).servers) EXPECT_TRUE(server.ignore_fail);
}

TEST(EffectiveConfig, spares_who_is_paused) {
  auto config = file_of({"db1", "db2"});
  for (auto& server : config.servers) server.care_receiver = server.care_read_only = server.care_source = true;
  spare(config, {{"db2", 3306}, {"db1", 3307}});
  EXPECT_FALSE(config.servers[0].no_master);
  EXPECT_TRUE(config.servers[0].care_receiver);
  EXPECT_TRUE(config.servers[1].no_master);
  EXPECT_FALSE(config.servers[1].care_receiver || config.servers[1].care_read_only || config.servers[1].care_source);
}

store::ClusterMemory with_adopted(const char* host, const char* ip, uint16_t port = 3306) {
  store::ClusterMemory memory;
  memory.adopted.push_back({.server = {host, port}, .ip = ip, .server_id = 9});
  return memory;
}

TEST(EffectiveConfig, has_adopted_replicas_behind_the_servers_of_the_file) {
  auto file = file_of({"db1", "db2"});
  file.servers.front().discover = true;
  file.defaults.user = "mha";
  const auto config = effective_config(file, with_adopted("db9", "10.0.0.9", 3307));
  ASSERT_THAT(hosts_of(config), ElementsAre("db1", "db2", "db9"));
  const config::ServerConfig& adopted = config.servers.back();
  EXPECT_EQ(adopted.id, ServerId("discovered:db9:3307"));
  EXPECT_EQ(adopted.host_info(), "db9(10.0.0.9:3307)");
  EXPECT_EQ(adopted.user, "mha");
  EXPECT_EQ(adopted.ssh_host, "db9");
  EXPECT_TRUE(adopted.no_master && adopted.ignore_fail && !adopted.care_read_only);
}

TEST(EffectiveConfig, has_none_without_discover_and_none_that_the_file_names) {
  auto file = file_of({"db1", "db2"});
  EXPECT_THAT(hosts_of(effective_config(file, with_adopted("db9", "10.0.0.9"))), ElementsAre("db1", "db2"));
  file.servers.front().discover = true;
  file.servers.back().ip = "10.0.0.2";
  EXPECT_THAT(hosts_of(effective_config(file, with_adopted("DB2", "10.0.0.9"))), ElementsAre("db1", "db2"));
  EXPECT_THAT(hosts_of(effective_config(file, with_adopted("other-name", "10.0.0.2"))), ElementsAre("db1", "db2"));
  EXPECT_THAT(hosts_of(effective_config(file, with_adopted("10.0.0.2", "10.0.0.2", 3307))), ElementsAre("db1", "db2", "10.0.0.2"));
}

}  // namespace
}  // namespace tanist::daemon

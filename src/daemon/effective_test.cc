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

}  // namespace
}  // namespace tanist::daemon

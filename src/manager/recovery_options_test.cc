#include "manager/recovery_options.h"

#include <gtest/gtest.h>

namespace tanist::manager {
namespace {

config::ClusterConfig two_hosts() {
  config::ClusterConfig config;
  config.path = "app1.cnf";
  for (auto [section, host, ip, port] : {std::tuple{"server1", "db1", "10.0.0.1", 3306}, {"server2", "db2", "10.0.0.2", 3306},
                                         {"server3", "db2", "10.0.0.2", 3307}}) {
    config::ServerConfig server;
    server.id = ServerId{section};
    server.hostname = host;
    server.ip = ip;
    server.port = static_cast<uint16_t>(port);
    config.servers.push_back(std::move(server));
  }
  return config;
}

TEST(NamedServer, is_named_by_host_address_or_section) {
  const auto config = two_hosts();
  for (const char* name : {"db1", "10.0.0.1", "server1", "db1:3306", "10.0.0.1:3306"}) EXPECT_EQ(named_server(config, name), ServerId("server1")) << name;
  EXPECT_EQ(named_server(config, "db2:3307"), ServerId("server3"));
  EXPECT_EQ(named_server(config, "server2"), ServerId("server2"));
}

TEST(NamedServer, is_one_or_nobody) {
  const auto config = two_hosts();
  EXPECT_EQ(named_server(config, "db2").error().code, Errc::invalid);
  for (const char* name : {"db3", "db1:3307", "", "db1:x"}) EXPECT_EQ(named_server(config, name).error().code, Errc::not_found) << name;
}

}  // namespace
}  // namespace tanist::manager

#include "daemon/effective.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace tanist::daemon {

store::Address address_of(const config::ServerConfig& server) { return {server.hostname, server.port}; }

const config::ServerConfig* find_server(const config::ClusterConfig& cluster, const store::Address& address) {
  auto found = std::find_if(cluster.servers.begin(), cluster.servers.end(),
                            [&](const config::ServerConfig& server) { return address_of(server) == address; });
  return found == cluster.servers.end() ? nullptr : &*found;
}

const config::ServerConfig* server_at(const config::ClusterConfig& file, const std::string& host, const std::string& ip, uint16_t port) {
  auto found = std::find_if(file.servers.begin(), file.servers.end(), [&](const config::ServerConfig& server) {
    return server.port == port && (iequals(server.hostname, host) || server.ip == host || (!ip.empty() && server.ip == ip));
  });
  return found == file.servers.end() ? nullptr : &*found;
}

config::ServerConfig adopted_server(const config::ClusterConfig& file, const store::Adopted& adopted) {
  config::ServerConfig server = file.defaults;
  server.id = ServerId{fmt::format("discovered:{}:{}", adopted.server.host, adopted.server.port)};
  server.hostname = server.ssh_host = adopted.server.host;
  server.ip = server.ssh_ip = adopted.ip;
  server.port = adopted.server.port;
  server.node_label = "in no section, adopted";
  server.no_master = true;
  server.ignore_fail = true;
  server.care_read_only = false;
  return server;
}

config::ClusterConfig effective_config(config::ClusterConfig file, const store::ClusterMemory& memory) {
  auto is_out = [&](const config::ServerConfig& server) {
    return std::any_of(memory.deposed.begin(), memory.deposed.end(),
                       [&](const store::Deposed& old) { return old.server == address_of(server); });
  };
  std::vector<config::ServerConfig> adopted;
  for (const store::Adopted& one : memory.adopted) {
    const bool named = server_at(file, one.server.host, one.ip, one.server.port) != nullptr;
    if (file.discover() && !named) adopted.push_back(adopted_server(file, one));
  }
  // A file of which nobody is left was written anew for other servers of the same names.
  if (!std::all_of(file.servers.begin(), file.servers.end(), is_out)) std::erase_if(file.servers, is_out);
  for (config::ServerConfig& server : file.servers) server.ignore_fail = true;
  file.servers.insert(file.servers.end(), adopted.begin(), adopted.end());
  return file;
}

void spare(config::ClusterConfig& config, const std::vector<store::Address>& paused) {
  for (config::ServerConfig& server : config.servers) {
    if (std::find(paused.begin(), paused.end(), address_of(server)) == paused.end()) continue;
    server.no_master = true;
    server.care_receiver = server.care_read_only = server.care_source = false;
  }
}

}  // namespace tanist::daemon

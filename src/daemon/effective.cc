#include "daemon/effective.h"

#include <algorithm>

namespace tanist::daemon {

store::Address address_of(const config::ServerConfig& server) { return {server.hostname, server.port}; }

const config::ServerConfig* find_server(const config::ClusterConfig& cluster, const store::Address& address) {
  auto found = std::find_if(cluster.servers.begin(), cluster.servers.end(),
                            [&](const config::ServerConfig& server) { return address_of(server) == address; });
  return found == cluster.servers.end() ? nullptr : &*found;
}

config::ClusterConfig effective_config(config::ClusterConfig file, const store::ClusterMemory& memory) {
  auto is_out = [&](const config::ServerConfig& server) {
    return std::any_of(memory.deposed.begin(), memory.deposed.end(),
                       [&](const store::Deposed& old) { return old.server == address_of(server); });
  };
  // A file of which nobody is left was written anew for other servers of the same names.
  if (!std::all_of(file.servers.begin(), file.servers.end(), is_out)) std::erase_if(file.servers, is_out);
  for (config::ServerConfig& server : file.servers) server.ignore_fail = true;
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

#include "cluster.h"

#include <fmt/format.h>

#include "server.h"

namespace tanist::sim {

void make_servers(World& world, const Scenario& scenario) {
  world.hosts.push_back({"manager", scenario.network + "100"});
  for (int i = 1; i <= scenario.servers; ++i) {
    world.hosts.push_back({fmt::format("db{}", i), fmt::format("{}{}", scenario.network, i)});
  }
  world.clients = static_cast<int>(world.hosts.size());
  world.hosts.push_back({"clients", scenario.network + "200"});
  world.address_moves = scenario.ip_hook || scenario.online_hook;
  world.address_on = {1};
  for (int i = 1; i <= scenario.servers; ++i) {
    world.servers.push_back(std::make_unique<Server>(world, i, i, scenario.version, scenario.gtid));
  }
  Server& primary = *world.servers[0];
  for (int i = 0; i < 3; ++i) primary.commit();
  for (size_t i = 1; i < world.servers.size(); ++i) {
    Server& server = *world.servers[i];
    const ReplicaStory& story = scenario.replicas[i - 1];
    Channel& channel = *server.channel;
    server.read_only = true;
    server.relay_log_purge = story.relay_log_purge;
    server.relay_log_recovery = story.relay_log_recovery;
    channel.settings = {.host = primary.address(), .user = kReplUser, .password = kReplPassword};
    channel.settings.connect_retry = story.connect_retry;
    channel.settings.delay = story.delay;
    if (scenario.gtid) {
      channel.settings.positioning = server.mariadb() ? Positioning::slave_pos : Positioning::auto_position;
    }
    channel.receive_time = story.receive_time;
    channel.apply_time = story.apply_time;
    channel.received = channel.executed = {primary.files().front().name, 4};
    channel.configured = true;
    channel.start_receiver();
    channel.start_applier();
  }
}

}  // namespace tanist::sim

#include "discovery/prober.h"

#include <algorithm>

#include "discovery/probe.h"

namespace tanist::discovery {

using topology::Observation;

Prober::Prober(sys::Clock& clock, mysql::Connector& connector, const config::ClusterConfig& cluster)
    : clock_(clock), connector_(connector), cluster_(cluster) {}

sys::Task<std::vector<Observation>> Prober::look(Duration limit, std::optional<ServerId> not_asked) {
  const TimePoint deadline = clock_.now() + limit;
  std::vector<sys::Task<Observation>> looks;
  for (const auto& server : cluster_.servers) {
    looks.push_back(not_asked == server.id ? taken_as_dead(&server) : look_at(&server, deadline));
  }
  auto observations = co_await sys::when_all(std::move(looks));
  co_return observations;
}

sys::Task<Observation> Prober::taken_as_dead(const config::ServerConfig* server) {
  topology::NoAnswer silence{topology::Silence::timeout, 0, "not asked: it was found dead"};
  co_return Observation{server->id, clock_.now(), std::move(silence)};
}

sys::Task<Observation> Prober::look_at(const config::ServerConfig* server, TimePoint deadline) {
  // Taken out while it is used, so that a look that overlaps another opens a connection of its own.
  std::unique_ptr<mysql::Session> session = std::move(sessions_[server->id]);
  mysql::Failure failure;
  // A held connection may have died of old age: that says nothing of the server, so one fresh connection is tried.
  for (bool fresh : {false, true}) {
    if (!session && !fresh) continue;
    if (!session || fresh) {
      mysql::Endpoint endpoint{server->ip, server->port};
      mysql::Credentials who{server->user, server->password};
      auto opened = co_await connector_.connect(endpoint, who, deadline);
      if (!opened) co_return Observation{server->id, clock_.now(), as_no_answer(opened.error())};
      session = std::move(*opened);
    }
    auto state = co_await probe(*session, deadline);
    if (state) {
      for (auto& channel : state->channels) resolve_source(channel);
      sessions_[server->id] = std::move(session);
      co_return Observation{server->id, clock_.now(), std::move(*state)};
    }
    failure = state.error();
    if (failure.contact != mysql::Contact::lost) break;
  }
  co_return Observation{server->id, clock_.now(), as_no_answer(failure)};
}

sys::Task<std::optional<bool>> Prober::may_replicate(ServerId server, std::string user, TimePoint deadline) {
  std::unique_ptr<mysql::Session> session = std::move(sessions_[server]);
  if (!session) co_return std::nullopt;
  auto answer = co_await discovery::may_replicate(*session, std::move(user), deadline);
  sessions_[server] = std::move(session);
  co_return answer;
}

// A replica names its source by name or by address; the configuration knows both.
void Prober::resolve_source(topology::ReplicaStatus& status) const {
  auto same = [&](const config::ServerConfig& server) {
    return server.hostname == status.source_host || server.ip == status.source_host;
  };
  auto server = std::find_if(cluster_.servers.begin(), cluster_.servers.end(), same);
  if (server != cluster_.servers.end()) status.source_ip = server->ip;
}

}  // namespace tanist::discovery

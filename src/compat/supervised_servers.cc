#include "compat/supervised_servers.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "compat/failover_options.h"
#include "compat/silence.h"

namespace tanist::compat {

using namespace std::chrono_literals;

namespace {

constexpr Duration kProbeLimit = 10s;  // nobody waits for us: a busy server gets time
constexpr Duration kBetweenLooks = 1s;

bool is(const LoggedServer& logged, const config::ServerConfig& server) {
  bool same_port = logged.port.empty() || logged.port == std::to_string(server.port);
  return same_port && (logged.hostname == server.hostname || logged.hostname == server.ip);
}

sys::Task<void> read_config_again(OpenedCluster& opened) {
  manager::Cluster& cluster = *opened.cluster;
  auto config = co_await config::load_cluster(cluster.outside().config, opened.files.request);
  if (config) {
    apply_places(opened.options, *config);
    cluster.take_config(std::move(*config));
  } else {
    cluster.log().error("The configuration cannot be read again; going on with what it said before:\n" +
                        config.error().text());
  }
}

SupervisedServer as_seen(const config::ServerConfig& server, const topology::Snapshot& snapshot,
                         const ServerQuestion& question, SilenceRecord& record, TimePoint now) {
  using topology::Role;
  const topology::Member* member = snapshot.find(server.id);
  const Role role = member ? member->role : Role::dead;
  const auto* silence = member ? member->last.no_answer() : nullptr;
  if (role == Role::dead) {
    record.silent(now, silence && silence->silence == topology::Silence::refused);
  } else {
    record.answered();
  }
  SupervisedServer one;
  one.id = server.id;
  one.host = server.host_info();
  one.replaced = question.failover && is(question.failover->replaced, server);
  one.promoted = question.failover && is(question.failover->promoted, server);
  one.in_use = role == Role::primary || role == Role::replica || role == Role::failed_replica || role == Role::unmanaged;
  one.dead = record.life(question.patience) == Life::dead;
  one.kept = std::any_of(question.kept.begin(), question.kept.end(), [&](const std::string& name) {
    return name == server.hostname || name == server.id.text || name == server.ip;
  });
  return one;
}

}  // namespace

sys::Task<std::vector<SupervisedServer>> look_at_servers(OpenedCluster& opened, ServerQuestion question) {
  co_await read_config_again(opened);
  manager::Cluster& cluster = *opened.cluster;
  sys::Clock& clock = cluster.outside().clock;
  bool replaced_is_there = false;
  for (const auto& server : cluster.config().servers) {
    if (question.failover && is(question.failover->promoted, server)) cluster.fix_primary(server.id);
    replaced_is_there |= question.failover && is(question.failover->replaced, server);
  }
  std::map<ServerId, SilenceRecord> records;
  for (bool said = false;; said = true) {
    auto snapshot = co_await cluster.observe(kProbeLimit);
    std::vector<SupervisedServer> all;
    std::vector<std::string> unclear;
    for (const auto& server : cluster.config().servers) {
      SilenceRecord& record = records[server.id];
      SupervisedServer one = as_seen(server, snapshot, question, record, clock.now());
      const bool matters = question.may_remove && replaced_is_there && !one.kept && !one.promoted &&
                           !(one.replaced && question.fresh);
      if (matters && record.life(question.patience) == Life::silent) unclear.push_back(one.host);
      all.push_back(std::move(one));
    }
    if (unclear.empty()) co_return all;
    if (!said) cluster.log().info("Asking for a while who does not answer: " + join(unclear, ", "));
    co_await sys::sleep_for(clock, kBetweenLooks);
  }
}

}  // namespace tanist::compat

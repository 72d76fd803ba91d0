#include <fmt/format.h>

#include <algorithm>

#include "daemon/effective.h"
#include "daemon/rejoiner.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

bool is_followed(const config::ServerConfig& server, const topology::Snapshot& snapshot) {
  return std::any_of(snapshot.members.begin(), snapshot.members.end(), [&](const topology::Member& member) {
    const topology::ReplicaStatus* replica = member.alive() ? member.replica() : nullptr;
    if (!replica || replica->source_port != server.port) return false;
    return replica->source_host == server.hostname || replica->source_host == server.ip || replica->source_ip == server.ip;
  });
}

Result<store::Deposed> find_deposed(const store::ClusterMemory& memory, const config::ClusterConfig& file, const std::string& host,
                                    std::optional<uint16_t> port) {
  std::vector<store::Deposed> found;
  for (const store::Deposed& one : memory.deposed) {
    const config::ServerConfig* server = find_server(file, one.server);
    const bool named = one.server.host == host || (server && (server->ip == host || server->id.text == host));
    if (server && named && port.value_or(one.server.port) == one.server.port) found.push_back(one);
  }
  if (found.size() == 1) return found.front();
  if (!found.empty()) return fail(Errc::invalid, host + " is several servers: say HOST:PORT");
  std::string out;
  for (const store::Deposed& one : memory.deposed) out += fmt::format("{}{}:{}", out.empty() ? "" : ", ", one.server.host, one.server.port);
  return fail(Errc::not_found, fmt::format("{} is no primary of {} that was replaced; {}", host, file.name,
                                           out.empty() ? "there is none" : "those are: " + out));
}

sys::Task<Result<std::string>> rejoin_alone(manager::Outside& outside, store::Memory& memory, config::ClusterConfig file,
                                            std::string host, std::optional<uint16_t> port, RejoinWord word) {
  auto lock = outside.lock_cluster(file.manager_workdir(), file.name);
  if (!lock) co_return fail(lock.error());
  auto known = memory.recall(file.name);
  if (!known) co_return fail(known.error());
  auto deposed = find_deposed(*known, file, host, port);
  if (!deposed) co_return fail(deposed.error());
  auto cluster = manager::Cluster::open(outside, effective_config(file, *known), "", true);
  if (!cluster) co_return fail(cluster.error());
  const config::ServerConfig* remembered = known->primary ? find_server((*cluster)->config(), *known->primary) : nullptr;
  if (remembered) (*cluster)->fix_primary(remembered->id);
  auto snapshot = co_await (*cluster)->observe(4s);
  const topology::Member* primary = snapshot.primary_member();
  if (!primary || !primary->alive()) co_return fail(Errc::unreachable, "the primary of " + file.name + " does not answer");
  execute::Server returned(outside.clock, outside.mysql, *find_server(file, deposed->server));
  Rejoiner rejoiner(**cluster, file, [&lock] { return (*lock)->still_held(); });
  auto done = co_await rejoiner.rejoin(returned, *deposed, primary->facts.id, snapshot, word);
  if (!done) co_return fail(done.error());
  if (!done->member) co_return fail(Errc::refused, done->sentence);
  Status forgotten = memory.forgive(file.name, deposed->server);
  if (!forgotten) co_return fail(forgotten.error());
  co_return done->sentence;
}

}  // namespace tanist::daemon

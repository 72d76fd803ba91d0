#include "daemon/return_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "daemon/effective.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {

constexpr Duration kPause = 1s;
constexpr Duration kAnswerLimit = 1s;

std::string lines_of(const plan::ReturnVerdict& verdict) {
  std::string text = verdict.sentence + "\n";
  if (!verdict.extra_gtids.empty()) text += "GTIDs: " + verdict.extra_gtids + "\n";
  for (const auto& event : verdict.extra_events)
    text += fmt::format("{}:{}\t{}\t{}\n", event.file, event.position, event.type, event.info);
  return text;
}

}  // namespace

ReturnGuard::ReturnGuard(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file,
                         std::function<bool()> paused)
    : cluster_(cluster), memory_(memory), file_(file), paused_(std::move(paused)) {}

sys::Task<void> ReturnGuard::run(ServerId primary, sys::Event& stop, std::function<void()> changed) {
  sys::Clock& clock = cluster_.outside().clock;
  while (!stop.is_set()) {
    auto memory = memory_.recall(file_.name);
    for (const store::Deposed& deposed : memory ? memory->deposed : std::vector<store::Deposed>{}) {
      bool member = co_await look_at(deposed, primary);
      if (stop.is_set()) co_return;
      if (!member) continue;
      Status forgotten = memory_.forgive(file_.name, deposed.server);
      if (!forgotten) cluster_.log().error(forgotten.error().what);
      known_.erase(deposed.server);
      if (forgotten) changed();
    }
    static_cast<void>(co_await stop.wait_until(clock.now() + kPause));
  }
}

// Whether it is a part of the cluster again.
sys::Task<bool> ReturnGuard::look_at(const store::Deposed& deposed, ServerId primary) {
  const config::ServerConfig* config = find_server(file_, deposed.server);
  if (!config) co_return true;  // the file does not name it any more: nothing of ours
  Known& known = known_[deposed.server];
  auto world = cluster_.world();
  if (!known.server) known.server = std::make_unique<execute::Server>(world.clock, world.mysql, *config);
  auto state = co_await known.server->state(world.clock.now() + kAnswerLimit);
  if (!state) {
    if (known.answered) world.log.info(fmt::format("{} is silent again.", config->host_info()));
    known.answered = false;
    co_return false;
  }
  const bool writable = !state->read_only;
  if (known.answered && !writable && state->channels.empty()) co_return false;  // as it was left
  // A person may have made it the primary again: then the servers follow it, and it is left in peace.
  auto snapshot = co_await cluster_.observe(kAnswerLimit);
  if (is_followed(*config, snapshot)) {
    world.log.warning(fmt::format("{} was replaced as primary, and has replicas of this cluster again.", config->host_info()));
    co_return true;
  }
  if (paused_()) {
    say(known, fmt::format("{} was replaced as primary and is back{}. Nothing is done because {} is paused.", config->host_info(),
                           writable ? " and TAKES WRITES; it would be set read-only" : "", file_.name));
    co_return false;
  }
  if (!known.answered) world.log.warning(fmt::format("{} was replaced as primary and is back.", config->host_info()));
  if (writable) {
    Status closed = co_await execute::close_to_clients(world, *known.server);
    world.log.warning(closed ? fmt::format("{} is set read-only.", config->host_info())
                             : fmt::format("{} MAY TAKE WRITES: {}", config->host_info(), closed.error().what));
    if (!closed) co_return false;
  }
  known.answered = true;
  bool member = co_await judge(known, deposed, primary, snapshot);
  co_return member;
}

sys::Task<bool> ReturnGuard::judge(Known& known, const store::Deposed& deposed, ServerId primary_id,
                                   const topology::Snapshot& snapshot) {
  auto world = cluster_.world();
  const config::ServerConfig& primary_config = *cluster_.config().find(primary_id);
  execute::Server primary(world.clock, world.mysql, primary_config);
  const execute::Replaced replaced{{deposed.by_gtid, deposed.end, deposed.gtids, deposed.joins_at},
                                   deposed.successor == address_of(primary_config)};
  auto verdict = co_await execute::look_at_returned(world, snapshot, *known.server, primary, replaced);
  if (!verdict) {
    known.answered = false;  // asked again
    say(known, verdict.error().what);
    co_return false;
  }
  const std::string sentence = verdict->rule + ": " + verdict->sentence + ".";
  if (verdict->kind == plan::ReturnKind::member) {
    say(known, sentence);
    co_return true;
  }
  const topology::Member* model = nullptr;
  for (const topology::Member* replica : snapshot.with_role(topology::Role::replica)) model = model ? model : replica;
  const topology::ReplicaStatus* settings = model ? model->replica() : nullptr;
  const std::string by_hand = execute::rejoin_by_hand(*known.server, primary_config, replaced, settings);
  const config::ServerConfig& config = known.server->config();
  if (verdict->kind == plan::ReturnKind::clean && config.auto_rejoin) {
    Status joined = co_await execute::rejoin(world, *known.server, primary, replaced, settings);
    say(known, joined ? sentence + " It replicates from " + primary.host_info() + " now."
                      : sentence + " It could not be made a replica: " + joined.error().what);
    co_return joined.has_value();
  }
  if (verdict->kind == plan::ReturnKind::clean) {
    say(known, sentence + " It stays read-only until you type on it: " + by_hand);
  } else {
    const std::string saved = verdict->kind == plan::ReturnKind::extra ? save_extra(config, *verdict) : "";
    say(known, sentence + saved + " It stays read-only. Once that is dealt with, or it was built anew, type on it: " + by_hand);
  }
  co_return false;
}

bool ReturnGuard::is_followed(const config::ServerConfig& server, const topology::Snapshot& snapshot) const {
  return std::any_of(snapshot.members.begin(), snapshot.members.end(), [&](const topology::Member& member) {
    const topology::ReplicaStatus* replica = member.alive() ? member.replica() : nullptr;
    if (!replica || replica->source_port != server.port) return false;
    return replica->source_host == server.hostname || replica->source_host == server.ip || replica->source_ip == server.ip;
  });
}

void ReturnGuard::say(Known& known, const std::string& sentence) {
  if (known.said == sentence) return;
  known.said = sentence;
  cluster_.log().warning(sentence);
}

// The list that a person reads before deciding; what is in it is nowhere else.
std::string ReturnGuard::save_extra(const config::ServerConfig& server, const plan::ReturnVerdict& verdict) {
  const std::string path = fmt::format("{}/{}.extra_transactions_of.{}_{}.txt", file_.manager_workdir(), file_.name,
                                       server.hostname, server.port);
  Status written = cluster_.outside().files.replace(path, lines_of(verdict), 0600);
  return written ? " They are listed in " + path + "." : " The list could not be written: " + written.error().what + ".";
}

}  // namespace tanist::daemon

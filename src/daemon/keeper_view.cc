// What is told of a keeper, and to those who look beside it.
#include "daemon/effective.h"
#include "daemon/keeper.h"

namespace tanist::daemon {

std::string_view to_string(KeeperState state) {
  switch (state) {
    case KeeperState::starting: return "starting";
    case KeeperState::waiting: return "waiting";
    case KeeperState::watching: return "watching";
    case KeeperState::failing: return "failing";
    case KeeperState::recovering: return "recovering";
    case KeeperState::stopped: return "stopped";
  }
  return "?";
}

Result<std::optional<store::Mark>> pause_of(store::Memory& memory, const std::string& cluster, WallTime now, const std::string& name) {
  auto mark = memory.mark(cluster, name);
  if (mark && *mark && (*mark)->until && *(*mark)->until <= now) return std::nullopt;
  return mark;
}

void Keeper::note_look(const topology::Snapshot& snapshot) {
  view_.last_look = snapshot;
  const topology::Member* primary = snapshot.primary_member();
  if (primary && primary->alive()) last_alive_ = *primary;
}

std::optional<topology::ServerState> Keeper::last_seen(const ServerId& server) const {
  if (!last_alive_ || last_alive_->facts.id != server) return std::nullopt;
  return *last_alive_->state();
}

// Where that cannot be read, what was last known holds.
bool Keeper::is_paused() {
  auto pause = pause_of(memory_, file_.name, outside_.clock.wall_now());
  complain(pause ? Status{} : fail(pause.error()));
  if (pause) view_.paused = std::move(*pause);
  return view_.paused.has_value();
}

// The configuration it works with depends on them.
void Keeper::read_server_pauses() {
  std::vector<PausedServer> paused;
  for (const config::ServerConfig& server : file_.servers) {
    auto pause = pause_of(memory_, file_.name, outside_.clock.wall_now(), store::paused_server(address_of(server)));
    complain(pause ? Status{} : fail(pause.error()));
    if (!pause) return;
    if (*pause) paused.push_back({address_of(server), **pause});
  }
  if (paused == view_.paused_servers) return;
  view_.paused_servers = std::move(paused);
  outdated_ = true;
}

const store::Mark* Keeper::pause_of_server(const ServerId& server) const {
  const config::ServerConfig* config = cluster_->config().find(server);
  for (const PausedServer& one : view_.paused_servers)
    if (config && one.server == address_of(*config)) return &one.mark;
  return nullptr;
}

std::unique_ptr<Carer> Keeper::make_carer() {
  return std::make_unique<Carer>(*cluster_, memory_, file_,
                                 Carer::Keepers{.paused = [this] { return is_paused(); },
                                                .still_ours = [this] { return lock_->still_held(); },
                                                .standing = [this](std::vector<Alarm> now) { standing("care", std::move(now)); }});
}

std::unique_ptr<Adopter> Keeper::make_adopter() {
  return std::make_unique<Adopter>(*cluster_, memory_, file_, guarding_,
                                   Adopter::Keepers{.paused = [this] { return is_paused(); },
                                                    .watching = [this] { return view_.state == KeeperState::watching && watched_; },
                                                    .standing = [this](std::vector<Alarm> now) { standing("adoption", std::move(now)); },
                                                    .changed = [this] {
                                                      outdated_ = true;
                                                      interrupt_.set();
                                                    }});
}

}  // namespace tanist::daemon

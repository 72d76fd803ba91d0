#include "daemon/fleet.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.h"
#include "daemon/places.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {
constexpr Duration kTick = 200ms;      // an editor writes, renames and sets the mode: one look for all of it
constexpr Duration kBeginEvery = 5ms;
constexpr Duration kLookAnyway = 60s;  // directories on other machines' disks tell nothing
}  // namespace

Fleet::Fleet(manager::Outside& outside, store::Memory& memory, sys::DirectoryWatch& watch, sys::Event& reload,
             FleetRequest request)
    : outside_(outside),
      memory_(memory),
      watch_(watch),
      reload_(reload),
      request_(std::move(request)),
      happenings_(outside.clock),
      log_(outside.open_log("", sys::Level::info)) {}

sys::Task<size_t> Fleet::begin() {
  co_await read_files();
  co_return clusters_.size();
}

sys::Task<void> Fleet::run(std::function<void()> on_tick) {
  TimePoint next_look = outside_.clock.now() + kLookAnyway;
  while (!outside_.stop.is_set()) {
    on_tick();
    bool changed = co_await watch_.changed(outside_.clock.now() + kTick);
    if (changed) co_await sys::sleep_for(outside_.clock, kTick);
    if (!changed && !reload_.is_set() && outside_.clock.now() < next_look) continue;
    reload_.clear();
    next_look = outside_.clock.now() + kLookAnyway;
    co_await read_files();
  }
  for (auto& [name, cluster] : clusters_) cluster.keeper->stop();
  co_await running_.wait();
}

std::vector<const Keeper*> Fleet::keepers() const {
  std::vector<const Keeper*> all;
  for (const auto& [name, cluster] : clusters_) all.push_back(cluster.keeper.get());
  return all;
}

Keeper* Fleet::keeper(const std::string& cluster) {
  auto found = clusters_.find(cluster);
  return found == clusters_.end() ? nullptr : found->second.keeper.get();
}

void Fleet::say_once(const std::string& about, const std::string& sentence) {
  std::string& before = said_[about];
  if (before == sentence) return;
  before = sentence;
  log_->error(sentence);
}

// Every place in its order. It is watched before it is read: what comes in between is seen.
std::vector<std::string> Fleet::files() {
  std::vector<std::string> all;
  for (const std::string& place : request_.places) {
    auto facts = outside_.files.facts(place);
    if (!facts) {
      if (!request_.places_may_be_missing) say_once(place, facts.error().what);
      continue;
    }
    const std::string directory = facts->is_directory ? place : place.substr(0, place.rfind('/'));
    Status watched = watch_.add(directory.empty() ? "/" : directory);
    if (!watched) say_once(place, watched.error().what);
    auto found = files_at(outside_.files, place);
    if (!found) say_once(place, found.error().what);
    for (std::string& file : found.value_or(std::vector<std::string>{})) all.push_back(std::move(file));
  }
  return all;
}

sys::Task<void> Fleet::read_files() {
  const std::vector<std::string> paths = files();
  // A thousand clusters that all ask in the same moment would wait for each other.
  Duration wait{};
  for (const std::string& path : paths) {
    const bool is_new = !cluster_of(path);
    auto reading = read_file(path, wait);
    co_await std::move(reading);
    if (is_new) wait += kBeginEvery;
  }
  std::vector<std::string> gone;
  for (const auto& [name, cluster] : clusters_)
    if (std::find(paths.begin(), paths.end(), cluster.path) == paths.end()) gone.push_back(name);
  for (const std::string& name : gone) end(name, clusters_.at(name).path + " is gone");
}

Fleet::Cluster* Fleet::cluster_of(const std::string& path) {
  for (auto& [name, cluster] : clusters_)
    if (cluster.path == path) return &cluster;
  return nullptr;
}

sys::Task<void> Fleet::read_file(std::string path, Duration wait) {
  Cluster* known = cluster_of(path);
  const std::string global_text = outside_.config.read(request_.global_conf).value_or("");
  auto text = outside_.config.read(path);
  if (!text) {
    say_once(path, text.error().what);
    co_return;
  }
  if (known && known->text == *text && known->global_text == global_text) co_return;
  config::LoadRequest request{path, request_.global_conf};
  auto config = co_await config::load_cluster(outside_.config, std::move(request));
  if (!config) {
    say_once(path, config.error().text() + (known ? "\nIts cluster goes on with what " + path + " said before."
                                                  : "\nThis cluster is not watched."));
    co_return;
  }
  said_.erase(path);
  if (!known) {
    start(std::move(path), std::move(*text), global_text, std::move(*config), wait);
    co_return;
  }
  known->text = std::move(*text);
  known->global_text = global_text;
  known->keeper->take_file(std::move(*config));
}

void Fleet::start(std::string path, std::string text, std::string global_text, config::ClusterConfig config,
                  Duration wait) {
  const std::string name = config.name;
  if (auto other = clusters_.find(name); other != clusters_.end()) {
    say_once(path, fmt::format("{}: the cluster {} is that of {} already; a cluster is named after its file", path, name,
                               other->second.path));
    return;
  }
  Cluster& cluster = clusters_[name];
  cluster.path = std::move(path);
  cluster.text = std::move(text);
  cluster.global_text = std::move(global_text);
  cluster.keeper = std::make_unique<Keeper>(outside_, memory_, std::move(config), request_.policy, happenings_);
  running_.start(cluster.keeper->run(wait));
  log_->info(fmt::format("{}: keeping the cluster {}.", cluster.path, name));
}

void Fleet::end(const std::string& name, const std::string& why) {
  log_->warning(fmt::format("{}: the cluster {} is not watched any more.", why, name));
  Cluster& cluster = clusters_.at(name);
  cluster.keeper->stop();
  leaving_.push_back(std::move(cluster.keeper));
  clusters_.erase(name);
}

}  // namespace tanist::daemon

#include "world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "server.h"

namespace tanist::sim {

World::World(uint64_t seed, bool trace) : random(seed), trace_(trace) {}
World::~World() = default;

void World::say(const std::string& text) {
  if (!trace_) return;
  double seconds = std::chrono::duration<double>(clock.now().time_since_epoch()).count();
  std::fputs(fmt::format("{:10.4f}  {}\n", seconds, text).c_str(), stdout);
}

void World::violation(const std::string& rule, const std::string& text) {
  std::string sentence = rule + ": " + text;
  if (std::find(violations.begin(), violations.end(), sentence) != violations.end()) return;
  say("VIOLATION " + sentence);
  violations.push_back(sentence);
}

void World::act(const std::string& what, bool changes) {
  say("act: " + what);
  acts.push_back(what);
  if (changes && step_is_open && !step_is_open()) violation("R5", "no step of the journal covers: " + what);
  if (on_act) on_act();
}

int World::host_of(const std::string& name_or_ip) const {
  for (size_t i = 0; i < hosts.size(); ++i) {
    if (hosts[i].name == name_or_ip || hosts[i].ip == name_or_ip) return static_cast<int>(i);
  }
  return -1;
}

Server* World::server_on(int host) const {
  for (const auto& server : servers) {
    if (server->host() == host) return server.get();
  }
  return nullptr;
}

Source* World::listener(int host, uint16_t port) const {
  auto it = listeners.find({host, port});
  return it == listeners.end() ? nullptr : it->second;
}

void World::cut(int a, int b, uint16_t port) {
  cuts_.insert({a, b, port});
  cuts_.insert({b, a, port});
}

void World::cut_from_all(int host) {
  for (int other = 0; other < static_cast<int>(hosts.size()); ++other) {
    if (other != host) cut(host, other);
  }
}

void World::power_off(int host) {
  say(hosts[host].name + " loses power");
  hosts[host].up = false;
  if (Server* server = server_on(host)) server->kill(true);
  if (on_power_off) on_power_off(host);
}

void World::heal() {
  cuts_.clear();
  resume_streams();
  check_writers();
}

bool World::path(int a, int b, uint16_t port) const {
  if (!hosts[a].up || !hosts[b].up) return false;
  return !cuts_.contains({a, b, 0}) && (port == 0 || !cuts_.contains({a, b, port}));
}

// A lost packet is sent again after 200 ms, the next time after 400.
Duration World::round_trip() {
  Duration trip = latency + latency * random.between(0, 100) / 100;
  Duration again = std::chrono::milliseconds(200);
  while (loss_percent > 0 && random.percent(loss_percent)) {
    trip += again;
    again *= 2;
  }
  return trip;
}

void World::resume_streams() {
  for (const auto& server : servers) {
    server->channel->network_healed();
  }
}

void World::source_gone(const Source& source) {
  for (const auto& server : servers) {
    server->channel->source_gone(source);
  }
}

std::vector<Server*> World::writers() const {
  std::vector<Server*> found;
  for (const auto& server : servers) {
    bool reached = path(clients, server->host()) && (!address_moves || address_on.contains(server->host()));
    if (server->takes_writes() && reached) found.push_back(server.get());
  }
  return found;
}

void World::check_writers() {
  auto found = writers();
  if (found.size() < 2 || split_brain_allowed) return;
  violation("R1", "clients can write to " + found[0]->name() + " and to " + found[1]->name());
}

std::string text(const Txn& txn) { return fmt::format("{}:{}", txn.origin, txn.number); }

std::string text(const std::set<Txn>& txns) {
  std::string all;
  size_t shown = 0;
  for (const Txn& txn : txns) {
    if (++shown > 8) return all + fmt::format(" and {} more", txns.size() - 8);
    all += (all.empty() ? "" : " ") + text(txn);
  }
  return all;
}

}  // namespace tanist::sim

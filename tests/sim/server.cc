#include "server.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtid/mysql_gtid_set.h"
#include "sessions.h"

namespace tanist::sim {

Server::Server(World& world, int host, int number, std::string version, bool gtid)
    : log("mysql-bin", 1),
      channel(std::make_unique<Channel>(*this)),
      world_(world),
      host_(host),
      number_(number),
      version_(parse_server_version(version)),
      dialect_(version_),
      gtid_(gtid) {
  world_.listeners[{host_, 3306}] = this;
}

std::string Server::address() const { return world_.hosts[host_].ip; }
std::string Server::uuid() const { return fmt::format("0000000{0}-0000-11ee-0000-00000000000{0}", number_); }

std::string Server::log_in(const std::string& user, const std::string& password, const std::string&) {
  if (busy) return "Too many connections";
  return user == kReplUser && password == kReplPassword ? "" : "Access denied for user " + user;
}

// ---- the process

void Server::kill(bool torn) {
  if (!running_) return;
  world_.say(name() + " dies");
  running_ = false;
  frozen_ = false;
  died = true;
  if (torn) {
    std::vector<uint64_t> sizes{80, 300, 31};
    log.append({number_, 1'000'000 + world_.random.between(1, 1000)}, sizes, 2);
  }
  world_.listeners.erase({host_, 3306});
  channel->crash();
  locks_.clear();
  global_lock_ = 0;
  for (const auto& conn : std::exchange(conns_, {})) conn->close_by_server();
  world_.source_gone(*this);
}

void Server::start() {
  if (running_ || !world_.hosts[host_].up || world_.listener(host_, 3306)) return;
  world_.say(name() + " starts");
  running_ = true;
  log.drop_torn_end();
  world_.listeners[{host_, 3306}] = this;
  if (channel->configured) {
    if (relay_log_recovery) {
      channel->forget_relay_log("");
      channel->received = channel->executed;
    }
    channel->start_receiver();
    channel->start_applier();
  }
  world_.check_writers();
}

void Server::freeze() {
  world_.say(name() + " freezes");
  frozen_ = true;
}

void Server::thaw() {
  if (!frozen_) return;
  world_.say(name() + " thaws");
  frozen_ = false;
  world_.resume_streams();
  world_.check_writers();
}

// ---- data

void Server::commit(int most_parts) {
  const int64_t number = ++(mariadb() ? last_in_domain_ : last_own_);
  std::vector<uint64_t> sizes;
  for (int64_t part = world_.random.between(1, most_parts); part > 0; --part) {
    sizes.push_back(static_cast<uint64_t>(world_.random.between(40, 400)));
  }
  Txn txn{number_, number};
  world_.committed[txn] = world_.clock.now();
  add(txn, sizes, world_.clock.now());
}

void Server::add(const Txn& txn, const std::vector<uint64_t>& sizes, TimePoint) {
  data.insert(txn);
  last_in_domain_ = std::max(last_in_domain_, txn.number);
  log.append(txn, sizes);
  if (world_.random.percent(3)) log.rotate();
  for (const auto& other : world_.servers) other->channel->pump_soon();
}

TimePoint Server::committed_at(const Txn& txn) const {
  auto it = world_.committed.find(txn);
  return it == world_.committed.end() ? TimePoint{} : it->second;
}

std::string Server::gtid_set_of(const std::set<Txn>& txns) const {
  gtid::GtidSet set;
  for (const Txn& txn : txns) {
    std::string text = fmt::format("0000000{0}-0000-11ee-0000-00000000000{0}:{1}", txn.origin, txn.number);
    set.add(*gtid::Gtid::parse(text));
  }
  return set.text();
}

std::string Server::gtid_set() const { return gtid_ ? gtid_set_of(data) : ""; }

// ---- sessions

void Server::detach(const Conn& conn) {
  std::erase_if(locks_, [&](const auto& lock) { return lock.second == conn.id; });
  if (global_lock_ == conn.id) global_lock_ = 0;
  std::erase_if(conns_, [&](const auto& held) { return held->id == conn.id; });
}

void Server::end_sessions() {
  locks_.clear();
  global_lock_ = 0;
  for (const auto& conn : std::exchange(conns_, {})) conn->close_by_server();
  world_.check_writers();
}

}  // namespace tanist::sim

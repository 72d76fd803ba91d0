#include "topology/strangers.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::topology {

namespace {

bool is_at(const std::string& host, const std::string& hostname, const std::string& ip) {
  return iequals(host, hostname) || host == ip;
}

// Hosts of receivers whose server is not known. A host with two receivers is in it twice.
class Unexplained {
 public:
  explicit Unexplained(std::vector<std::string> receivers) : hosts_(std::move(receivers)) {}

  // One receiver of that host is explained; whether there was one.
  bool take(const std::string& hostname, const std::string& ip) {
    auto found = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& host) { return is_at(host, hostname, ip); });
    if (found == hosts_.end()) return false;
    hosts_.erase(found);
    return true;
  }
  std::vector<std::string> hosts() const {
    std::vector<std::string> once = hosts_;
    std::sort(once.begin(), once.end());
    once.erase(std::unique(once.begin(), once.end()), once.end());
    return once;
  }

 private:
  std::vector<std::string> hosts_;
};

bool answers_with(const Snapshot& look, uint32_t server_id) {
  return std::any_of(look.members.begin(), look.members.end(), [&](const Member& member) {
    return member.state() && member.state()->server_id == server_id;
  });
}

// Then whoever has another server_id is elsewhere.
bool answers_at(const Snapshot& look, const std::string& host, uint16_t port) {
  return std::any_of(look.members.begin(), look.members.end(), [&](const Member& member) {
    return member.alive() && member.facts.port == port && is_at(host, member.facts.hostname, member.facts.ip);
  });
}

bool reports_a_known_place(const RegisteredReplica& replica, const Snapshot& look, const std::vector<LogServerHost>& log_servers) {
  const bool configured = std::any_of(look.members.begin(), look.members.end(), [&](const Member& member) {
    return member.facts.port == replica.port && is_at(replica.host, member.facts.hostname, member.facts.ip);
  });
  return configured || std::any_of(log_servers.begin(), log_servers.end(), [&](const LogServerHost& host) {
           return is_at(replica.host, host.hostname, host.ip);
         });
}

}  // namespace

std::string Stranger::text() const {
  const std::string id = "server_id " + std::to_string(server_id), at = ":" + std::to_string(port);
  if (hosts.size() == 1) return hosts.front() + at + " (" + id + ")";
  return "a server with " + id + " (" + (hosts.empty() ? "address not known" : "at one of " + join(hosts, ", ")) + ", port " +
         std::to_string(port) + ")";
}

std::vector<Stranger> find_strangers(const Snapshot& look, const std::vector<LogServerHost>& log_servers) {
  std::vector<Stranger> found;
  const Member* primary = look.primary_member();
  if (!primary || !primary->alive()) return found;
  Unexplained receivers(primary->state()->receivers);
  bool silent_one_is_connected = false, log_server_is_connected = false;
  for (const Member& member : look.members) {
    const bool connected = member.replica() && member.replica()->receiver == ReceiverState::running;
    if (connected) receivers.take(member.facts.hostname, member.facts.ip);
    if (!member.alive()) silent_one_is_connected |= receivers.take(member.facts.hostname, member.facts.ip);
  }
  for (const LogServerHost& host : log_servers) log_server_is_connected |= receivers.take(host.hostname, host.ip);

  for (const RegisteredReplica& replica : primary->state()->registered) {
    if (answers_with(look, replica.server_id)) continue;
    if (!replica.host.empty()) {
      if (!reports_a_known_place(replica, look, log_servers)) found.push_back({replica.server_id, {replica.host}, replica.port});
      continue;
    }
    std::vector<std::string> hosts = receivers.hosts();
    std::erase_if(hosts, [&](const std::string& host) { return answers_at(look, host, replica.port); });
    const bool may_be_a_known_one = silent_one_is_connected || (log_server_is_connected && receivers.hosts().empty());
    if (!may_be_a_known_one) found.push_back({replica.server_id, std::move(hosts), replica.port});
  }
  return found;
}

}  // namespace tanist::topology

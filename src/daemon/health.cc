#include "daemon/health.h"

#include <fmt/format.h>

#include "base/text.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {

constexpr Duration kOldest = 60s;  // R8: what was seen longer ago is no answer

const topology::Member* find(const KeeperView& view, const std::string& host, std::optional<uint16_t> port) {
  if (!view.last_look) return nullptr;
  for (const topology::Member& member : view.last_look->members) {
    const bool named = iequals(member.facts.hostname, host) || member.facts.ip == host;
    if (named && (!port || member.facts.port == *port)) return &member;
  }
  return nullptr;
}

// The primary does not answer: nobody is looked at as in quiet times, and the last quiet look holds.
bool in_trouble(const KeeperView& view) { return view.state == KeeperState::failing || view.state == KeeperState::recovering; }

std::optional<std::string> no_answer(const KeeperView& view, const topology::Member* member, TimePoint now) {
  if (!view.last_look) return fmt::format("the cluster was not looked at yet: {}", to_string(view.state));
  if (!member) return "it is no part of the cluster now";
  if (view.state == KeeperState::stopped) return "the cluster is not watched any more";
  if (!in_trouble(view) && now - member->last.at > kOldest) return "it was last seen too long ago";
  if (!member->alive()) return "it did not answer: " + member->last.no_answer()->what;
  return std::nullopt;
}

}  // namespace

Health health_as_primary(const KeeperView& view, const std::string& host, std::optional<uint16_t> port, TimePoint now) {
  const topology::Member* member = find(view, host, port);
  if (view.state == KeeperState::recovering) return {false, "the primary is being replaced"};
  if (auto why = no_answer(view, member, now)) return {false, *why};
  if (view.last_look->primary != member->facts.id) return {false, fmt::format("it is no primary but {}", topology::to_string(member->role))};
  if (member->state()->read_only) return {false, "it is the primary, and read-only"};
  return {true, "it is the primary"};
}

Health health_as_replica(const KeeperView& view, const std::string& host, std::optional<uint16_t> port,
                         std::optional<Duration> most_lag, TimePoint now) {
  const topology::Member* member = find(view, host, port);
  if (auto why = no_answer(view, member, now)) return {false, *why};
  if (member->role != topology::Role::replica) return {false, fmt::format("it is no replica but {}", topology::to_string(member->role))};
  const topology::ReplicaStatus& replica = *member->replica();
  if (!replica.applier_running) return {false, "its applier is stopped"};
  if (replica.receiver != topology::ReceiverState::running) return {false, "it is not connected to its source"};
  if (!most_lag) return {true, "it is a replica"};
  if (!replica.seconds_behind) return {false, "how far it is behind is not known"};
  const bool near = std::chrono::seconds(*replica.seconds_behind) <= *most_lag;
  return {near, fmt::format("it is a replica, {} s behind", *replica.seconds_behind)};
}

}  // namespace tanist::daemon

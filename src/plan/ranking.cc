#include "plan/ranking.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::plan {

std::vector<const Member*> managed(const Snapshot& snapshot) {
  std::vector<const Member*> replicas = snapshot.with_role(Role::replica);
  std::erase_if(replicas, [&](const Member* member) { return member->facts.id == snapshot.primary; });
  return replicas;
}

std::vector<ServerId> ids_of(const std::vector<const Member*>& members) {
  std::vector<ServerId> ids;
  for (const Member* member : members) ids.push_back(member->facts.id);
  return ids;
}

std::string names_of(const std::vector<const Member*>& members) {
  std::vector<std::string> names;
  for (const Member* member : members) names.push_back(member->facts.id.text);
  return join(names, ", ");
}

Ranking rank(const std::vector<const Member*>& replicas) {
  Ranking ranking;
  if (replicas.empty()) return ranking;
  auto by_received = [](const Member* a, const Member* b) {
    return a->replica()->received < b->replica()->received;
  };
  auto [least, most] = std::minmax_element(replicas.begin(), replicas.end(), by_received);
  ranking.latest = (*most)->replica()->received;
  ranking.oldest = (*least)->replica()->received;
  for (const Member* member : replicas) {
    if (member->replica()->received == ranking.latest) ranking.latest_members.push_back(member);
    if (member->replica()->received == ranking.oldest) ranking.oldest_members.push_back(member);
  }
  return ranking;
}

const Member* base_replica(const std::vector<const Member*>& latest, int gtid_mode) {
  if (latest.empty()) return nullptr;
  if (gtid_mode != 1) return latest.front();
  return *std::max_element(latest.begin(), latest.end(), [](const Member* a, const Member* b) {
    return a->replica()->executed < b->replica()->executed;
  });
}

bool is_delayed(const Member& member) { return member.replica() && member.replica()->delay_seconds > 0; }

bool holds_events(const Member& member) { return member.replica() && !member.replica()->fully_applied(); }

}  // namespace tanist::plan

#include "topology/sources.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::topology {

const Member* source_of(const ReplicaStatus& replica, const std::vector<Member>& members) {
  for (const Member& member : members) {
    const ServerFacts& facts = member.facts;
    if (facts.port != replica.source_port) continue;
    bool by_name = iequals(replica.source_host, facts.hostname) || replica.source_host == facts.ip;
    bool by_address = !replica.source_ip.empty() && replica.source_ip == facts.ip;
    if (by_name || by_address) return &member;
  }
  return nullptr;
}

namespace {

// Configured servers that some live replica names as its source, in configuration order.
std::vector<const Member*> named_as_source(const std::vector<Member>& members) {
  std::vector<const Member*> named;
  for (const Member& candidate : members) {
    bool is_named = std::any_of(members.begin(), members.end(), [&](const Member& member) {
      return member.replica() && source_of(*member.replica(), members) == &candidate;
    });
    if (is_named) named.push_back(&candidate);
  }
  return named;
}

// Reference 6.11: a server that is no replica counts as writable.
bool dead_or_writable(const Member& member) {
  return !member.alive() || !member.state()->read_only || !member.replica();
}

std::string listing(const std::vector<const Member*>& members) {
  std::vector<std::string> lines;
  for (const Member* member : members) {
    std::string state = !member->alive() ? "dead" : member->state()->read_only ? "read-only" : "writable";
    lines.push_back(member->facts.text() + " (" + state + (member->replica() ? ", replica" : "") + ")");
  }
  return join(lines, ", ");
}

// Perhaps replicas, if they only answered.
std::string unheard(const std::vector<Member>& members) {
  std::vector<std::string> lines;
  for (const Member& member : members)
    if (!member.alive())
      lines.push_back(member.facts.text() + " does not tell: " + member.last.no_answer()->what);
  return lines.empty() ? "" : "; " + join(lines, "; ");
}

// Nobody replicates: the only live server that is not a replica is the best guess, and it is still a problem.
PrimaryFound without_replicas(const std::vector<Member>& members) {
  PrimaryFound found;
  found.problem = "no server of this configuration replicates from another one: there is no live replica" +
                  unheard(members);
  std::vector<const Member*> alive;
  for (const Member& member : members)
    if (member.alive() && member.state()->channels.empty()) alive.push_back(&member);
  if (alive.size() == 1) found.primary = alive.front()->facts.id;
  return found;
}

}  // namespace

PrimaryFound find_primary(const std::vector<Member>& members) {
  std::vector<const Member*> sources = named_as_source(members);
  if (sources.empty()) return without_replicas(members);
  if (sources.size() == 1) return PrimaryFound{sources.front()->facts.id, ""};

  std::vector<const Member*> contenders;
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(contenders),
               [](const Member* member) { return dead_or_writable(*member); });
  if (contenders.size() == 1) return PrimaryFound{contenders.front()->facts.id, ""};
  std::string why = contenders.empty()
                        ? "several servers have replicas and none of them is writable or dead: "
                        : "several servers have replicas and look like the primary (dead or writable): ";
  bool any_dead = std::any_of(contenders.begin(), contenders.end(), [](const Member* one) { return !one->alive(); });
  return PrimaryFound{std::nullopt, why + listing(contenders.empty() ? sources : contenders) +
                                        "; set read_only=1 on every one but the primary" +
                                        (any_dead ? ", and start a dead one that is not, or give its replicas another source"
                                                  : "")};
}

}  // namespace tanist::topology

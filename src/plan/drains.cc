#include "plan/drains.h"

#include <algorithm>

#include "gtid/mysql_gtid_set.h"

namespace tanist::plan {

namespace {

using topology::Positioning;

// Before the fence nothing was read yet; then the plan hopes, and says so.
bool surveyed(const DeadHost& dead_host, const std::vector<RelayReach>& relay_reach) {
  return dead_host.fence_done || dead_host.log_end || !relay_reach.empty();
}

const RelayReach* reach_of(const Member& member, const std::vector<RelayReach>& relay_reach) {
  for (const RelayReach& reach : relay_reach)
    if (reach.replica == member.facts.id) return &reach;
  return nullptr;
}

std::vector<const Member*> failed_replicas(const Snapshot& snapshot) {
  std::vector<const Member*> failed = snapshot.with_role(Role::failed_replica);
  std::erase_if(failed, [](const Member* member) { return member->replica() == nullptr; });
  return failed;
}

// The relay logs of a replica whose applier failed count only where they cost nobody anything.
bool feeds_everybody(const RelayReach& reach, const Snapshot& snapshot) {
  auto replicas = managed(snapshot);
  return reach.problem.empty() && std::all_of(replicas.begin(), replicas.end(), [&](const Member* member) {
           return reach.first <= member->replica()->received;
         });
}

// Empty if the dead primary's log can be served from its own host.
std::string why_not_dead_host(const Policy& policy, const DeadHost& dead_host, bool was_surveyed,
                              const std::string& short_log) {
  if (policy.skip_save_master_binlog) return "--skip_save_master_binlog was given";
  if (!policy.standin) return "standin=0";
  if (dead_host.powered_off) return "shutdown_script powered its host off";
  if (dead_host.ssh_reachable == false) return "its host does not answer ssh";
  if (!dead_host.ssh_reachable) return "its host was not asked over ssh";
  bool fenced = dead_host.server_gone || (!was_surveyed && policy.fence_over_ssh);
  if (!fenced) return "its process may still be running";
  if (!short_log.empty()) return short_log;
  if (dead_host.log_end || (!was_surveyed && dead_host.log_problem.empty())) return "";
  return dead_host.log_problem.empty() ? "its log was not read" : dead_host.log_problem;
}

void find_relay_source(Sources& sources, const Policy& policy, const std::vector<RelayReach>& relay_reach) {
  if (!policy.standin) {
    sources.why_not_relay = "standin=0";
    return;
  }
  for (const Member* member : sources.latest) {
    const RelayReach* reach = reach_of(*member, relay_reach);
    if (reach && !reach->problem.empty()) {
      sources.why_not_relay = "the relay logs of " + member->facts.hostname + ": " + reach->problem;
      continue;
    }
    // It has applied more than they still hold: who is fed from them would stay behind it for ever.
    if (reach && !reach->damage.empty() && reach->end < member->replica()->received) {
      sources.why_not_relay = "the relay logs of " + member->facts.hostname + " end at " + reach->end.text() + ": " +
                              reach->damage;
      continue;
    }
    bool better =
        !sources.relay || (reach && (!sources.relay_reach || reach->first < sources.relay_reach->first));
    if (!better) continue;
    sources.relay = member;
    sources.relay_reach = reach;
  }
}

// Files of an earlier primary may have the same names.
std::string why_no_source(const LogCopy& copy, const Snapshot& snapshot) {
  if (copy.end.empty()) return copy.problem;
  for (const Member* member : managed(snapshot)) {
    const uint32_t of_primary = member->replica()->source_server_id;
    if (of_primary == 0 || of_primary == copy.server_id) continue;
    return "its files are those of a server with server_id " + std::to_string(copy.server_id) + ", not " +
           std::to_string(of_primary);
  }
  return "";
}

bool somebody_is_out_of_reach(const Sources& sources, const Snapshot& snapshot) {
  auto replicas = managed(snapshot);
  return std::any_of(replicas.begin(), replicas.end(), [&](const Member* member) {
    const LogCoordinates& received = member->replica()->received;
    bool in_reach = sources.relay && (!sources.relay_reach || sources.relay_reach->first <= received);
    return received < sources.end && !in_reach;
  });
}

// One stand-in serves everybody: where a binary log server has received more than any replica, or as much and from an
// earlier place that somebody needs, it is that one.
void find_copy(Sources& sources, const DeadHost& dead_host, const Snapshot& snapshot) {
  for (const LogCopy& copy : dead_host.copies) {
    if (std::string why = why_no_source(copy, snapshot); !why.empty()) {
      sources.why_not_copies.push_back("The copy of the log on " + copy.hostname + " is no source: " + why + ".");
      continue;
    }
    const LogCoordinates& best = sources.copy ? sources.copy->end : sources.end;
    bool more = copy.end > best;
    bool reaches_further = copy.end == best && (sources.copy ? copy.first < sources.copy->first
                                                             : somebody_is_out_of_reach(sources, snapshot));
    if (more || reaches_further) sources.copy = &copy;
  }
  if (!sources.copy) return;
  sources.end = sources.copy->end;
  sources.relay = nullptr;
  sources.relay_reach = nullptr;
}

void find_failed_source(Sources& sources, const std::vector<RelayReach>& relay_reach,
                        const Snapshot& snapshot) {
  for (const Member* member : failed_replicas(snapshot)) {
    const RelayReach* reach = reach_of(*member, relay_reach);
    if (!reach || reach->end <= sources.end || !feeds_everybody(*reach, snapshot)) continue;
    sources.relay = member;
    sources.relay_reach = reach;
    sources.end = reach->end;
  }
}

bool mysql_gtid_can_serve(const Member& source, const Member& replica) {
  const auto &from = *source.state(), &to = *replica.state();
  if (from.gtid_mode != "ON" || to.gtid_mode != "ON") return false;
  auto purged = gtid::GtidSet::parse(from.purged_gtids), executed = gtid::GtidSet::parse(to.executed_gtids);
  return purged && executed && executed->contains(*purged);
}

// MariaDB does not say what its log begins with: a source that lacks the start answers with error 1236, and
// the drain fails before anything is lost.
bool mariadb_gtid_can_serve(const Member& replica) {
  return replica.replica()->positioning != Positioning::file_position &&
         !replica.state()->mariadb_slave_pos.empty();
}

// Replication by GTID from another replica needs its binary log to hold what it replicated.
bool gtid_can_serve(const Member& source, const Member& replica) {
  const auto &from = *source.state(), &to = *replica.state();
  if (!from.log_bin || !from.log_replica_updates || from.version.flavour != to.version.flavour) return false;
  return from.version.is_mysql() ? mysql_gtid_can_serve(source, replica) : mariadb_gtid_can_serve(replica);
}

// One that applies late on purpose has nothing in its binary log for a long time.
const Member* gtid_source(const Member& replica, const Sources& sources) {
  for (const Member* member : sources.latest) {
    bool late = is_delayed(*member) && holds_events(*member);
    if (member != &replica && !late && gtid_can_serve(*member, replica)) return member;
  }
  return nullptr;
}

struct DrainRule {
  RuleRow row;
  bool (*fits)(const Member& replica, const Sources& sources);
  DrainFrom from;
};

bool has_everything(const Member& replica, const Sources& sources) {
  return sources.end_known && replica.replica()->received >= sources.end;
}

// One that never received anything begins at the head of the log: by GTID the source finds where that is.
bool dead_log_covers(const Sources& sources, const topology::ReplicaStatus& replica) {
  if (!sources.dead_host) return false;
  if (!sources.dead_first) return true;
  if (replica.received.empty()) return replica.positioning != Positioning::file_position;
  return gtid::compare_log_files(replica.received.file, sources.dead_first->file) >= 0;
}

// Relay logs end before a readable log of the dead primary does: whoever needs more than that gets no part of it.
bool relay_covers(const Sources& sources, const LogCoordinates& from) {
  if (sources.dead_host) return false;
  return sources.relay && (!sources.relay_reach || sources.relay_reach->first <= from);
}

// One that never received anything has no place in it.
bool copy_covers(const Sources& sources, const LogCoordinates& from) {
  return sources.copy && !from.file.empty() && gtid::compare_log_files(from.file, sources.copy->first.file) >= 0;
}

constexpr DrainRule kDrainRules[] = {
    {{"G10", "it has received everything that anybody reachable holds: nothing", "R2", ""},
     has_everything,
     DrainFrom::nothing},
    {{"G20",
      "the dead primary's host answers ssh, the fence is proven, its log can be read from the file on where the "
      "replica stands, and nobody has received whole transactions behind its end: a stand-in on its own address",
      "6.5", "standin, --skip_save_master_binlog"},
     [](const Member& replica, const Sources& sources) { return dead_log_covers(sources, *replica.replica()); },
     DrainFrom::dead_host},
    {{"G25",
      "a binary log server holds more of the dead primary's log than any replica, or reaches back further, from the file "
      "on where the replica stands: a stand-in there, from the executed position",
      "6.8", "standin"},
     [](const Member& replica, const Sources& sources) {
       return copy_covers(sources, replica.replica()->executed) && !(is_delayed(replica) && holds_events(replica));
     },
     DrainFrom::binlog_server},
    {{"G27", "the same for one that applies late on purpose, keeping its own relay logs", "6.8, R2", "standin"},
     [](const Member& replica, const Sources& sources) { return copy_covers(sources, replica.replica()->received); },
     DrainFrom::binlog_server},
    {{"G30",
      "the relay logs of a latest replica, or of one whose applier failed and that has received more, reach back "
      "to what it has executed: a stand-in there, from the executed position",
      "6.5", "standin"},
     [](const Member& replica, const Sources& sources) {
       return relay_covers(sources, replica.replica()->executed) &&
              !(is_delayed(replica) && holds_events(replica));
     },
     DrainFrom::relay_logs},
    {{"G35",
      "they reach back only to what it has received, or it applies late on purpose: the same, keeping its "
      "own relay logs",
      "R2", "standin"},
     [](const Member& replica, const Sources& sources) {
       return relay_covers(sources, replica.replica()->received);
     },
     DrainFrom::relay_logs},
    {{"G40",
      "a latest replica has all it lacks in its binary log (GTID): native replication from there, once that "
      "one has "
      "applied everything",
      "6.8", ""},
     [](const Member& replica, const Sources& sources) { return gtid_source(replica, sources) != nullptr; },
     DrainFrom::latest_replica},
};
constexpr RuleRow kLeftBehind{"G90", "none of these: it is left behind, or the failover refused (F85)", "6.5",
                              "ignore_fail=1 of that server"};

}  // namespace

LogCoordinates dead_log_end_at(const DeadHost& dead_host, const LogCoordinates& place) {
  for (const LogCoordinates& end : dead_host.log_ends)
    if (end.file == place.file) return end;
  return *dead_host.log_end;
}

// Half a transaction that only a replica holds is nobody's loss. What its relay logs do not tell counts as whole.
std::string why_dead_log_is_short(const Snapshot& snapshot, const DeadHost& dead_host,
                                  const std::vector<RelayReach>& relay_reach) {
  if (!dead_host.log_end) return "";
  auto beyond = [&](const LogCoordinates& place) { return place > dead_log_end_at(dead_host, place); };
  auto it_lost = [&](const Member* member, const LogCoordinates& to) {
    return "it ends at " + dead_log_end_at(dead_host, to).text() + ", and " + member->facts.id.text +
           " has received all up to " + to.text();
  };
  for (const Member* member : rank(managed(snapshot)).latest_members) {
    const LogCoordinates& received = member->replica()->received;
    if (!beyond(received)) continue;
    const RelayReach* reach = reach_of(*member, relay_reach);
    if (!reach || !reach->problem.empty()) return it_lost(member, received);
    // Damaged relay logs may end before what was applied of them.
    const LogCoordinates whole = std::max(reach->end, member->replica()->executed);
    if (beyond(whole)) return it_lost(member, whole);
  }
  for (const Member* member : failed_replicas(snapshot)) {
    const RelayReach* reach = reach_of(*member, relay_reach);
    if (reach && beyond(reach->end) && feeds_everybody(*reach, snapshot)) return it_lost(member, reach->end);
  }
  return "";
}

Sources find_sources(const Policy& policy, const DeadHost& dead_host,
                     const std::vector<RelayReach>& relay_reach, const Snapshot& snapshot) {
  Sources sources;
  sources.latest = rank(managed(snapshot)).latest_members;
  const std::vector<const Member*>& latest = sources.latest;
  sources.why_not_dead_host = why_not_dead_host(policy, dead_host, surveyed(dead_host, relay_reach),
                                                why_dead_log_is_short(snapshot, dead_host, relay_reach));
  sources.dead_host = sources.why_not_dead_host.empty();
  find_relay_source(sources, policy, relay_reach);
  if (sources.dead_host) {
    sources.dead_first = dead_host.log_first;
    sources.end_known = dead_host.log_end.has_value();
    sources.dead_end = dead_host.log_end;
    sources.end = dead_host.log_end.value_or(LogCoordinates{});
  } else {
    sources.end = latest.empty() ? LogCoordinates{} : latest.front()->replica()->received;
    // A latest replica may hold half a transaction; nobody has the other half, and nobody needs to.
    if (sources.relay_reach && sources.relay_reach->end < sources.end) sources.end = sources.relay_reach->end;
    if (policy.standin) find_failed_source(sources, relay_reach, snapshot);
    if (policy.standin) find_copy(sources, dead_host, snapshot);
  }
  return sources;
}

Drain drain_of(const Member& replica, const Sources& sources) {
  Drain drain;
  drain.replica = &replica;
  for (const DrainRule& rule : kDrainRules) {
    if (!rule.fits(replica, sources)) continue;
    drain.rule = rule.row.id;
    drain.from = rule.from;
    drain.keep_relay_logs = drain.rule == "G35" || drain.rule == "G27";
    if (rule.from == DrainFrom::binlog_server) drain.copy = sources.copy;
    if (rule.from == DrainFrom::relay_logs) drain.source = sources.relay;
    if (rule.from == DrainFrom::latest_replica) drain.source = gtid_source(replica, sources);
    return drain;
  }
  drain.rule = kLeftBehind.id;
  drain.impossible = true;
  drain.why = "it has received " + replica.replica()->received.text() + " of " + sources.end.text();
  if (!sources.dead_host) drain.why += "; the dead primary's log is no source: " + sources.why_not_dead_host;
  if (sources.dead_host) {
    drain.why += ", and the dead primary's log begins at " + sources.dead_first->text();
  } else if (sources.copy) {
    drain.why += "; the log on " + sources.copy->hostname + " begins at " + sources.copy->first.text();
  } else if (sources.relay_reach) {
    drain.why += "; the relay logs of " + sources.relay->facts.hostname + " begin at " +
                 sources.relay_reach->first.text();
  } else if (!sources.why_not_relay.empty()) {
    drain.why += "; " + sources.why_not_relay;
  }
  return drain;
}

std::vector<RuleRow> drain_rules() {
  std::vector<RuleRow> rows;
  for (const DrainRule& rule : kDrainRules) rows.push_back(rule.row);
  rows.push_back(kLeftBehind);
  return rows;
}

}  // namespace tanist::plan

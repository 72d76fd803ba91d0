// Filters that differ between servers mean that a promoted replica lacks what others have. Reference 5.5:
// lists are compared without order and repetition; every server with every other one.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/startup_checks.h"

namespace tanist::plan {

using topology::BinlogFilters;
using topology::Member;
using topology::ReplicationFilters;
using topology::Role;

namespace {

std::string sorted(const std::string& list) {
  std::set<std::string> items;
  for (const std::string& item : split(list, ',')) {
    std::string name(trim(item));
    if (!name.empty()) items.insert(name);
  }
  return join({items.begin(), items.end()}, ",");
}

struct Kind {
  const char* name;
  std::string (*value)(const Member& member);
  bool of_tables = false;
};

template <std::string ReplicationFilters::*kField>
std::string of_replica(const Member& member) {
  return sorted(member.replica()->filters.*kField);
}
template <std::string BinlogFilters::*kField>
std::string of_log(const Member& member) {
  return sorted(member.state()->binlog_filters.*kField);
}

constexpr Kind kReplication[] = {
    {"Replicate_Do_DB", of_replica<&ReplicationFilters::do_db>},
    {"Replicate_Ignore_DB", of_replica<&ReplicationFilters::ignore_db>},
    {"Replicate_Do_Table", of_replica<&ReplicationFilters::do_table>, true},
    {"Replicate_Ignore_Table", of_replica<&ReplicationFilters::ignore_table>, true},
    {"Replicate_Wild_Do_Table", of_replica<&ReplicationFilters::wild_do_table>, true},
    {"Replicate_Wild_Ignore_Table", of_replica<&ReplicationFilters::wild_ignore_table>, true},
};
constexpr Kind kBinlog[] = {
    {"Binlog_Do_DB", of_log<&BinlogFilters::do_db>},
    {"Binlog_Ignore_DB", of_log<&BinlogFilters::ignore_db>},
};

std::string shown(const std::string& value) { return value.empty() ? "nothing" : "\"" + value + "\""; }

void compare(const Kind& kind, const std::vector<const Member*>& members,
             std::vector<std::string>& differences) {
  for (const Member* member : members) {
    std::string first = kind.value(*members.front()), other = kind.value(*member);
    if (first == other) continue;
    differences.push_back(std::string(kind.name) + " is " + shown(first) + " on " +
                          members.front()->facts.text() + " and " + shown(other) + " on " +
                          member->facts.text());
  }
}

// Where both are set, what is written to the log must be what is replicated, or a promoted replica writes
// less.
void compare_log_with_replication(const Kind& log, const Kind& replication,
                                  const std::vector<const Member*>& replicas,
                                  std::vector<std::string>& differences) {
  for (const Member* member : replicas) {
    if (!member->state()->log_bin) continue;
    std::string written = log.value(*member), replicated = replication.value(*member);
    if (written.empty() || replicated.empty() || written == replicated) continue;
    differences.push_back(std::string(log.name) + " is " + shown(written) + " and " + replication.name +
                          " is " + shown(replicated) + " on " + member->facts.text());
  }
}

}  // namespace

std::vector<std::string> filter_differences(const topology::Snapshot& snapshot) {
  std::vector<const Member*> replicas, writers;
  for (const Member& member : snapshot.members) {
    bool replica = member.role == Role::replica || member.role == Role::failed_replica;
    if (replica) replicas.push_back(&member);
    if ((replica || member.role == Role::primary) && member.state()->log_bin) writers.push_back(&member);
  }
  std::vector<std::string> differences;
  for (const Kind& kind : kReplication) compare(kind, replicas, differences);
  for (const Kind& kind : kBinlog) compare(kind, writers, differences);
  for (size_t i = 0; i < std::size(kBinlog); ++i)
    compare_log_with_replication(kBinlog[i], kReplication[i], replicas, differences);
  return differences;
}

// The database filters of a replica are not compared: reference 7, 8.
std::vector<std::string> switch_filter_differences(const Member& old_primary, const Member& next,
                                                   const std::optional<ReplicationFilters>& of_old_primary) {
  std::vector<std::string> differences;
  for (const Kind& kind : kBinlog) compare(kind, {&old_primary, &next}, differences);
  if (!of_old_primary) return differences;
  Member as_replica = old_primary;
  topology::ReplicaStatus status;
  status.filters = *of_old_primary;
  std::get<topology::ServerState>(as_replica.last.seen).channels = {status};
  for (const Kind& kind : kReplication)
    if (kind.of_tables) compare(kind, {&as_replica, &next}, differences);
  return differences;
}

}  // namespace tanist::plan

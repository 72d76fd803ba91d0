// May a replica that follows somebody else be pointed at the primary?
#include <algorithm>

#include "gtid/mariadb_gtid.h"
#include "gtid/mysql_gtid_set.h"
#include "plan/care.h"

namespace tanist::plan {

namespace {

using gtid::GtidSet;
using gtid::MariadbGtidPos;
using topology::Positioning;
using topology::ReplicaStatus;
using topology::ServerState;
using Why = std::optional<std::string>;

Why mysql(const ServerState& replica, const ServerState& primary) {
  auto executed = GtidSet::parse(replica.executed_gtids), received = GtidSet::parse(replica.replica()->retrieved_gtids);
  auto there = GtidSet::parse(primary.executed_gtids), purged = GtidSet::parse(primary.purged_gtids);
  if (!executed || !received || !there || !purged) return "its GTIDs cannot be read";
  if (executed->empty()) return "it has no GTID at all";
  const GtidSet extra = executed->union_with(*received).minus(*there);
  if (!extra.empty()) return "it has what the primary has not: " + extra.text();
  const GtidSet gone = purged->minus(*executed);
  if (!gone.empty()) return "it lacks what the primary has purged: " + gone.text();
  return std::nullopt;
}

// Numbers alone do not say whose transactions they count: only a place that the others had reached when the source was
// replaced is known to be on the primary's own way.
Why mariadb(const ServerState& replica, const ServerState& primary, const OldPrimary* old) {
  if (!old || old->recovered_gtids.empty()) return "it is not known how far of its source the others had come";
  auto recovered = MariadbGtidPos::parse(old->recovered_gtids), there = MariadbGtidPos::parse(primary.mariadb_binlog_pos);
  auto applied = MariadbGtidPos::parse(replica.mariadb_slave_pos);
  if (!recovered || !there || !applied) return "its GTIDs cannot be read";
  if (applied->empty()) return "it has no GTID position at all";
  for (const std::string& place : {replica.mariadb_slave_pos, replica.mariadb_binlog_pos, replica.replica()->receiver_gtid}) {
    auto position = MariadbGtidPos::parse(place);
    if (!position) return "its GTIDs cannot be read";
    if (!recovered->covers(*position))
      return "it is at " + position->text() + ", and the others were brought to " + recovered->text() + " of its source";
    if (!there->covers(*position)) return "it is at " + position->text() + ", beyond the primary";
  }
  return std::nullopt;
}

}  // namespace

const OldPrimary* replaced_source(const ReplicaStatus& status, const std::vector<OldPrimary>& replaced) {
  auto found = std::find_if(replaced.begin(), replaced.end(), [&](const OldPrimary& old) {
    const bool same = status.source_host == old.hostname || status.source_host == old.ip || status.source_ip == old.ip;
    return same && status.source_port == old.port;
  });
  return found == replaced.end() ? nullptr : &*found;
}

std::optional<std::string> why_not_pointed(const ServerState& replica, const ServerState& primary,
                                           const std::vector<OldPrimary>& replaced) {
  const ReplicaStatus* status = replica.replica();
  if (!status) return "it is no replica with a single unnamed source";
  if (!status->applier_running) return "its applier does not run";
  if (status->delay_seconds > 0) return "it applies late on purpose";
  switch (status->positioning) {
    case Positioning::file_position: return "it replicates by position, and nobody knows where it stands in the primary's log";
    case Positioning::auto_position: return mysql(replica, primary);
    case Positioning::mariadb_current_pos:
    case Positioning::mariadb_slave_pos: return mariadb(replica, primary, replaced_source(*status, replaced));
  }
  return "it is not known how it replicates";
}

}  // namespace tanist::plan

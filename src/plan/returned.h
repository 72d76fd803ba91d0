// A primary that was replaced is back. Does it hold what nobody else has, and can it become a replica? Pure: rows B..,
// first match wins. Whatever the verdict, it takes no writes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "topology/logged_event.h"

namespace tanist::plan {

using topology::LoggedEvent;

struct ReturnFacts {
  std::string name;  // of the server, for sentences
  topology::ServerState returned;
  bool follows_member = false;  // it replicates from a server of this cluster
  topology::ServerState primary;
  std::string primary_name;
  // What was noted when it was replaced (execute/failover.h: how far the others have come).
  bool by_gtid = false;        // the servers that went on replicate by GTID
  std::string recovered_to;    // "file:position" in its own log; empty: not known
  std::string recovered_gtids;
  bool same_successor = true;  // whoever replaced it is the primary now
  // What its log holds behind recovered_to; nothing: that could not be read, `unread` says why.
  std::optional<std::vector<LoggedEvent>> beyond;
  bool beyond_is_all = true;  // false: there is more of it than was read
  std::string unread;
};

enum class ReturnKind {
  member,   // it is a replica of the cluster again; somebody has seen to it
  clean,    // it can become a replica
  extra,    // it has what nobody else has
  unclear,  // nobody can tell
};
std::string_view to_string(ReturnKind kind);

struct ReturnVerdict {
  std::string rule;
  ReturnKind kind = ReturnKind::unclear;
  std::string sentence;
  std::string extra_gtids;                 // where GTIDs tell
  std::vector<LoggedEvent> extra_events;   // where its log was read: transactions, with their positions
};
ReturnVerdict judge_return(const ReturnFacts& facts);
std::vector<RuleRow> return_rules();

// How places are compared: by the sets of MySQL, the positions of MariaDB, or file and position.
bool returns_by_mysql_gtids(const ReturnFacts& facts);
bool returns_by_mariadb_gtids(const ReturnFacts& facts);

}  // namespace tanist::plan

// The cluster as last observed: an immutable value on which detection and planning reason, and nothing else.
// Who replicates from whom, who is the primary, who is dead, and how old each fact is.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "topology/server_state.h"

namespace tanist::topology {

// What the configuration says of a server, as far as topology and planning care. In configuration order
// (reference mha-manager.md 1.4): the first servers win ties.
struct ServerFacts {
  ServerId id;
  std::string hostname;
  std::string ip;
  uint16_t port = 3306;
  bool candidate_master = false;
  bool no_master = false;
  bool ignore_fail = false;
  bool check_repl_delay = true;
  bool latest_priority = true;
  bool multi_tier_slave = false;
  bool check_repl_filter = true;
  bool use_gtid_auto_pos = true;
  bool skip_reset_slave = false;
  bool has_repl_password = false;
  std::string repl_user;
  std::string node_label;

  // "hostname(ip:port)", the form of all logs and reports.
  std::string text() const;
};

enum class Role {
  primary,         // answers; a primary that does not is `dead` or `refusing`, and still Snapshot::primary
  replica,         // replicates from the primary, healthy enough to be managed
  failed_replica,  // its applier stopped with an error
  unmanaged,       // multi_tier_slave below something else
  dead,            // does not answer, and is not known alive by an error packet
  refusing,        // answers with an error packet: alive, and of no use
  stray,           // alive but neither the primary nor a replica of it
};
std::string_view to_string(Role role);

struct Member {
  ServerFacts facts;
  Observation last;  // most recent look
  Role role = Role::dead;
  std::string problem;  // why it is a stray; also among Snapshot::problems

  const ServerState* state() const { return last.state(); }
  const ReplicaStatus* replica() const { return state() ? state()->replica() : nullptr; }
  bool alive() const { return state() != nullptr; }
};

// A replica of the primary that no section of the configuration names (strangers.h).
struct Stranger {
  uint32_t server_id = 0;
  std::vector<std::string> hosts;  // as it reports itself; else whence receivers come whose server is not known
  uint16_t port = 3306;

  std::string text() const;  // "db9:3306 (server_id 9)"
  bool operator==(const Stranger&) const = default;
};

struct Snapshot {
  TimePoint taken;
  std::vector<Member> members;      // configuration order
  std::optional<ServerId> primary;  // by the replicas' word and read_only (reference 6.11), dead or alive
  std::vector<std::string>
      problems;  // sentences: why the topology is not one that can be managed; empty = fine
  std::vector<Stranger> strangers;  // filled in by whoever knows the whole configuration

  const Member* find(const ServerId& id) const;
  const Member* primary_member() const { return primary ? find(*primary) : nullptr; }
  std::vector<const Member*> with_role(Role role) const;
  // The problems that are not one server's: no replica, or no single primary.
  std::vector<std::string> cluster_problems() const;
};

// It replicates from a configured server.
bool is_member(const ReplicaStatus& replica, const Snapshot& snapshot);

// Folds the latest observation of each server. `known_primary`: the one that was being watched, used when the
// replicas' word gives no answer: there is no live replica, or two servers look like the primary (then also a
// problem). Servers without an observation count as dead.
Snapshot build_snapshot(const std::vector<ServerFacts>& servers, const std::vector<Observation>& observations,
                        const std::optional<ServerId>& known_primary, TimePoint now);

// The same cluster with these gone: what a plan for tomorrow is made on.
Snapshot without(const Snapshot& snapshot, const std::set<ServerId>& gone);

// 0, 1, 2 as reference mha-manager.md 6.2; MariaDB is 0 there, whatever its replicas' Using_Gtid says.
int mha_gtid_mode(const Snapshot& snapshot);

// "Dead Servers:", "Alive Servers:", ... with one server a line, as logs have them (reference mha-manager.md 5.1); of
// failed and unmanaged ones only if there are any.
std::vector<std::string> lists(const Snapshot& snapshot);

// The tree with roles, positions and labels as text, for people. `mark` says which one is the primary; the MHA-compatible
// commands say "current master".
std::string picture(const Snapshot& snapshot, std::string_view mark = "current primary");

}  // namespace tanist::topology

// From facts and policy to a Plan: ordered steps, each candidate's verdict with its reason, a marked point of
// no return; or to a Refusal that names what would have to change. Pure. What `--dry-run` prints is this
// value, and the executor runs this value.
//
// A failover is planned twice with the same functions: before the fence (what would happen; refusals stop
// here, with nothing done) and again from what was observed after the fence (positions may have moved). Only
// the second plan's recovery steps run.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/fence_ladder.h"
#include "topology/snapshot.h"

namespace tanist::plan {

using gtid::LogCoordinates;
using topology::Snapshot;

// Configuration and command line, as far as they decide. Defaults are MHA's outcomes.
struct Policy {
  ServerId dead_primary;                   // who is to be replaced
  std::optional<std::string> forced_host;  // --new_master_host
  uint16_t forced_port = 3306;             // --new_master_port
  bool skip_save_master_binlog = false;
  bool skip_change_master = false;
  bool skip_disable_read_only = false;
  bool wait_until_gtid_in_sync = true;
  bool ignore_binlog_server_error = false;
  bool standin = true;                 // policy key: serve missing events by a stand-in source
  bool fence_over_ssh = true;          // policy key: end the dead server's process over ssh
  bool refuse_unproven_fence = false;  // policy key on_unproven_fence=refuse
  bool given_up = false;  // it answers and is of no use (failover_on): it is closed first, or nobody is promoted
  bool has_ip_script = false;          // master_ip_failover_script of the dead primary
  bool has_shutdown_script = false;
  bool has_start_script = false;  // master_ip_failover_script of the new primary: set per candidate by hook
  Duration max_fact_age = std::chrono::seconds(30);  // R8: older looks at a replica are not planned on
};

// The dead primary's log as a binary log server ([binlogN]) has it, by `tanist-node tail` there.
struct LogCopy {
  ServerId server;
  std::string hostname;
  LogCoordinates first, end;  // as of DeadHost's own log
  uint32_t server_id = 0;     // who wrote it
  std::string problem;        // why it cannot be served; or, with an end, not beyond that
};

// What is known of the dead primary's host and of its log, as the plan needs it.
struct DeadHost {
  std::optional<bool> ssh_reachable;  // nothing: not tested yet
  Ladder ladder;                      // what the fence has found so far
  bool fence_proven = false;          // nobody gets a write acknowledged there any more
  bool server_gone = false;           // process gone and port free, or power off by script
  bool semi_sync_may_prove = false;   // by its settings, when it was last seen
  bool powered_off = false;           // shutdown_script returned 0
  // Where its log begins that can be served: older files are gone. Nothing: not asked.
  std::optional<LogCoordinates> log_first;
  // Where its log ends for a replica: end of the last complete transaction, by `tanist-node tail`.
  std::optional<LogCoordinates> log_end;
  // Where each of its files ends. A server that lost its end and started again goes on in a new file.
  std::vector<LogCoordinates> log_ends;
  // Encrypted, damaged at …: why its log cannot be served; or, with log_end, not beyond that.
  std::string log_problem;
  std::vector<LogCopy> copies;  // on binary log servers; empty: none, or not asked because nobody needs them
  std::optional<LogCoordinates>
      last_seen_end;        // what the primary itself last reported as its end, before the silence
  bool fence_done = false;  // the fence phase has run: plan the rest only
};

// Can this replica's relay logs feed the others? By `tanist-node tail` on the replica's host.
struct RelayReach {
  ServerId replica;
  LogCoordinates first;  // earliest position of the dead primary's log that can be served
  LogCoordinates end;    // end of the last complete transaction
  std::string problem;   // why not, if not
  std::string damage;    // file, offset and what: where they end before what was received
};
// The applier stopped because it cannot read its own relay log any further.
bool is_relay_read_failure(int applier_errno);
// A replica without an entry was not asked: then the plan hopes, and says so.

enum class StepKind {
  // fence
  lock_replicas,
  close_live,
  stop_ip_hook,
  shutdown_hook,
  kill_server,
  prove_by_semi_sync,
  start_appliers,
  stop_receiver,
  // recover
  start_standin,
  save_tail,
  drain,
  wait_applied,
  stop_replication,
  // activate: beyond the first of these there is no way back
  start_ip_hook,
  enable_writes,
  repoint,
  stop_standin,
  reset_replica,
  unlock_replicas,
  // instead of going on: undo
  put_back,
  // of a planned switch alone
  flush_tables,
  catch_up,
  block_writes,
  prove_block,
  end_connections,
  unlock_tables,
  // of a primary that was replaced and becomes a replica
  reset_logs,
  // of the care of replicas
  start_receiver,
  set_read_only,
};
std::string_view to_string(StepKind kind);

// How a replica gets what it misses.
enum class DrainFrom {
  nothing,         // it already has everything anybody reachable holds
  dead_host,       // stand-in on the dead primary's own address: its receiver reconnects by itself
  binlog_server,   // stand-in on a binary log server: CHANGE from executed position
  relay_logs,      // stand-in on another replica's host serving that one's relay logs: CHANGE from executed
                   // position
  latest_replica,  // native replication by GTID from the most advanced replica (its binary log has it)
};
std::string_view to_string(DrainFrom from);

// When a step runs; wait_applied is a part of recover for the new primary and of activate for the others. A failover
// begins with fence and recover, a planned switch with prepare and block.
enum class Phase { fence, recover, prepare, block, activate };
std::string_view to_string(Phase phase);

struct Step {
  int number = 0;
  Phase phase{};
  StepKind kind{};
  ServerId target;                      // the server it acts on; empty where it acts on the cluster
  std::string what;                     // one sentence, imperative
  DrainFrom from = DrainFrom::nothing;  // for start_standin and drain
  ServerId source;  // for start_standin, drain from relay logs or a replica, repoint: the other server
  std::optional<LogCoordinates> until;  // for drain and wait_applied: where it ends, if that is known already
  // The target holds received events that it has not applied and will not apply soon: change only the
  // receiver's source, or give its own relay log coordinates in the same CHANGE (reference
  // standin-protocol.md 6.1, "keep").
  bool keep_relay_logs = false;
  bool irreversible = false;
};

// Why a server becomes the new primary, or not. Rule ids: C1.. filters, P1.. preference order
// (reference 6.6).
struct CandidateVerdict {
  ServerId server;
  bool chosen = false;
  bool eligible = false;
  std::string rule;
  std::string reason;
};

struct Plan {
  ServerId old_primary;
  ServerId new_primary;
  int gtid_mode = 0;  // reference 6.2
  LogCoordinates latest_received;
  std::vector<ServerId> latest;  // configuration order
  LogCoordinates oldest_received;
  std::vector<ServerId> oldest;
  std::vector<CandidateVerdict> candidates;
  std::vector<ServerId> left_behind;  // replicas that will not be recovered, each with a warning
  std::vector<Step> steps;
  std::vector<std::string> warnings;  // loss bounds, unproven fence, …: R10 sentences known beforehand
};

struct Refusal {
  std::string rule;         // "F30"
  std::string what;         // the facts
  std::string to_override;  // the option that would change it; empty if none
  std::vector<std::string> details{};  // the connections that are meant, if any are
};
// "F30: the facts. To go on nevertheless: the option."
std::string text(const Refusal& refusal);

using Decision = std::variant<Plan, Refusal>;

// The rules as rows, for documentation and for the tests that prove each row reachable.
struct RuleRow {
  std::string_view id;
  std::string_view when;
  std::string_view reference;    // section of the contract, or the binding rule
  std::string_view to_override;  // the option that changes the outcome; empty: none
};
std::vector<RuleRow> failover_rules();   // F..
std::vector<RuleRow> candidate_rules();  // C.. filters, then P.. preferences
std::vector<RuleRow> drain_rules();      // G..: how a replica gets what it misses

// Checks of reference 6.3 that need only facts: dead server is the primary, other dead or failed servers,
// replicas of somebody else, filters, no candidate … First refusal wins; rows numbered F10, F20, ….
std::optional<Refusal> check_failover(const Snapshot& snapshot, const Policy& policy);

// Asked by the executor when the dead primary's host does not answer, before anything is touched and after the fence:
// nothing, or F52 with these reasons.
std::optional<Refusal> check_binlog_servers(const std::vector<LogCopy>& copies, const Policy& policy);

// Where its log ends for whoever stands at this place in it.
LogCoordinates dead_log_end_at(const DeadHost& dead_host, const LogCoordinates& place);
// A machine that was reset may have lost the end of its log, which a replica has received: then that log is no source.
// The facts as a sentence part; empty: nobody holds a whole transaction behind its end.
std::string why_dead_log_is_short(const Snapshot& snapshot, const DeadHost& dead_host,
                                  const std::vector<RelayReach>& relay_reach);

// After the fence: F82 or F80, if what it proved is not enough.
std::optional<Refusal> check_fence(const Snapshot& snapshot, const Policy& policy, const DeadHost& dead_host);

Decision plan_failover(const Snapshot& snapshot, const Policy& policy, const DeadHost& dead_host,
                       const std::vector<RelayReach>& relay_reach);

// Candidate choice alone (reference 6.6), for masterha_check_repl and for planned switches.
struct Choice {
  std::optional<ServerId> chosen;
  std::vector<CandidateVerdict> verdicts;
};
Choice choose_new_primary(const Snapshot& snapshot, const std::vector<ServerId>& latest, const Policy& policy,
                          bool apply_delay_rule);

// The plan for people: candidates table, steps with the point of no return marked, warnings.
std::string text(const Plan& plan, const Snapshot& snapshot);
std::string json(const Plan& plan);
std::string json(const Refusal& refusal);

}  // namespace tanist::plan

// What is to happen in a run, made of its seed alone: the cluster, its configuration, what breaks and when.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace tanist::sim {

enum class Fault {
  kill,          // the process of the primary ends
  freeze,        // it is stopped and says nothing
  cut,           // its host is cut off from everybody
  power_off,     // its host is gone
  manager_cut,   // only the manager cannot reach it: no cause for a failover
  busy,          // max_connections used up: no cause
  slow,          // 300 ms of latency: no cause
  loss,          // 20 % of the packets are lost: no cause
  short_freeze,  // half a second: no cause
};
std::string_view to_string(Fault fault);
bool is_deadly(Fault fault);

enum class HookWay { ok, exit1, exit10, hang };

struct ReplicaStory {
  Duration receive_time{};
  Duration apply_time{};
  std::optional<Duration> receiver_stopped_before;  // the strike, by a person
  bool applier_stopped = false;
  bool applier_broken = false;
  uint32_t delay = 0;
  uint32_t connect_retry = 60;
  bool candidate = false;
  bool no_master = false;
  bool ignore_fail = false;
  bool relay_log_purge = false;
  bool relay_log_recovery = false;
};

struct Scenario {
  uint64_t seed = 0;
  int servers = 3;  // the first is the primary
  std::string version;
  std::string network = "10.0.0.";  // the first three numbers of everybody's address
  bool gtid = false;
  std::vector<ReplicaStory> replicas;

  int ping_interval = 1;
  bool ip_hook = false;
  bool shutdown_hook = false;
  bool shutdown_only_stops = false;  // it says "powered off" and ends the server only
  bool check_hook = false;
  bool online_hook = false;  // master_ip_online_change_script
  bool online_hook_missing = false;
  bool online_stop_ends_sessions = false;  // as the sample script does
  std::map<std::string, HookWay> hooks;  // by script and command: "ip stop"
  bool binlog_server = false;  // the clients' machine receives the primary's binary log
  bool standin = true;
  bool fence_over_ssh = true;
  bool refuse_unproven = false;
  bool check_repl_delay = false;
  bool quiet = false;  // nobody writes before the strike: all are equal
  int most_parts = 4;  // events of a transaction: many make halves likelier

  Fault fault = Fault::kill;
  Duration strike{};
  bool primary_sshd = true;
  std::optional<Duration> healed_after;  // the network, the freeze, the process: after the strike
  // A second misfortune, at the n-th act of the manager after the strike.
  std::optional<int> second_at_act;
  int second_victim = 0;  // index of a replica
  bool second_restarts = false;
  bool lock_taken_away = false;  // instead: R6

  // No manager: somebody says that the living primary is dead, at the strike, and asks for a failover by hand.
  bool by_hand = false;
  bool insert_ping = false;

  // Nothing but one deadly fault in a cluster that can stand it: the failover must succeed.
  bool must_succeed() const;
  // The manager can make sure that the old primary stays down.
  bool can_be_fenced() const;
  std::string text() const;
};

Scenario make_scenario(uint64_t seed);
std::string configuration(const Scenario& scenario);

}  // namespace tanist::sim

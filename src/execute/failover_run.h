// One failover while it runs: what its phases share. Private to this room.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "execute/failover.h"
#include "execute/live_fence.h"
#include "execute/progress.h"
#include "execute/recorder.h"
#include "execute/report.h"
#include "execute/server.h"
#include "execute/stand_in.h"

namespace tanist::execute {

// How far one replica has come. The gates are what others wait for: a replica may be repointed once it has received
// everything, promoted only once it has applied everything.
struct ReplicaProgress {
  ReplicaProgress(sys::Clock& clock, topology::ReplicaStatus found) : before(std::move(found)), drained(clock) {}

  const topology::ReplicaStatus before;  // how we found it: what an undo goes back to
  bool touched = false;             // a thread of it was started or stopped by us
  bool pointed_elsewhere = false;   // CHANGE was made: its settings must be set again, whatever happens
  bool gtid_turned_off = false;     // CHANGE was made to itself, so that MariaDB keeps what it has received

  sys::Event drained;               // set when the drain ended, well or not, and what it gives to others is known
  Status drain = Status{};
  std::optional<topology::ServerState> state;  // after the drain
  std::optional<Goal> gives;        // to those that replicate from it by GTID: all that it has applied
  std::optional<Goal> goal;         // its own, where it is not the one of all
  std::optional<Status> repointed;             // nothing: not tried
};

// The refusal as a sentence, with the option that would override it.
Error as_error(const plan::Refusal& refusal);

// What log and report say of a call of master_ip_failover_script; ways to fail are followed by how it ended.
struct AddressWords {
  std::string log_failed;        // "Failed to deactivate master IP with "
  std::string done;
  std::string failed_but_go_on;
  std::string failed;
};

struct Interrupted;

class FailoverRun {
 public:
  FailoverRun(World world, const config::ClusterConfig& cluster, FailoverRequest request);

  sys::Task<FailoverResult> run();
  // Of one whose manager died (failover_resume.cc): on to its end, behind activation; or back.
  sys::Task<FailoverResult> finish_interrupted(const Interrupted& interrupted);
  sys::Task<FailoverResult> undo_interrupted(const Interrupted& interrupted);

 private:
  Status asked_to_stop() const;

  // Phase 1. Nothing has been touched when these fail.
  sys::Task<Status> check();
  sys::Task<Status> check_still_dead();
  sys::Task<Status> check_still_fenced();
  sys::Task<std::string> sign_of_life(Duration limit);
  sys::Task<Status> lock_replicas();
  sys::Task<void> unlock_replicas();

  // Phase 2 (fence.cc).
  sys::Task<Status> fence();
  sys::Task<void> test_ssh(Duration limit);
  sys::Task<Status> stop_ip_hook();
  sys::Task<Status> shutdown_hook();
  sys::Task<Status> run_late_shutdown();
  sys::Task<void> run_last_shutdown();
  sys::Task<Status> kill_server();
  sys::Task<Status> climb(plan::Rung rung, sys::Task<Status> act);
  plan::RungResult& rung(plan::Rung which) { return dead_host_.ladder[which]; }
  sys::Task<Status> close_live(Duration patience);
  sys::Task<Status> prove_otherwise();
  sys::Task<Status> prove_by_semi_sync();
  sys::Task<Status> run_address_script(hooks::Call call, AddressWords words);

  // Between the phases (settle.cc): appliers run, and where nothing can be fetched from the dead primary any more,
  // receivers do not.
  void note_replicas();
  sys::Task<void> start_appliers();
  sys::Task<Status> start_applier(ServerId id, const topology::ServerState& now);
  sys::Task<Status> stop_receivers();
  sys::Task<Status> stop_receiver(ServerId id);

  // Phase 3 (survey.cc, recover.cc): who has what, who is to be promoted, everybody fetches what it misses.
  bool dead_log_may_be_served() const;
  sys::Task<Status> survey();
  struct WantedLog {
    std::string from;  // the oldest file that a replica reads and that is there
    LogReach reach;
  };
  sys::Task<Result<WantedLog>> look_at_wanted(const config::ServerConfig& host);
  sys::Task<void> look_at_dead_log();
  sys::Task<Status> ask_binlog_servers_first();
  sys::Task<Status> look_at_binlog_servers();
  sys::Task<plan::LogCopy> look_at_copy(const config::ServerConfig& host);
  sys::Task<Status> check_dead_log_is_whole();
  sys::Task<void> look_at_relay_logs();
  sys::Task<Status> choose();
  void log_latest() const;
  sys::Task<Status> start_stand_in();
  const plan::LogCopy& copy_on(const ServerId& id) const;
  bool passwords_are_known() const;
  sys::Task<void> save_tail();
  sys::Task<void> drain(ServerId id, const plan::Step* step);
  bool feeds_others(const ServerId& id) const;
  sys::Task<Status> complete_source(ServerId id);
  sys::Task<Status> drain_from_dead_host(Server& server);
  sys::Task<Status> drain_by_gtid(Server& server, plan::Step step);
  sys::Task<Status> drain_by_change(Server& server, plan::Step step);
  Goal goal_for(const ServerId& id) const;
  sys::Task<Status> wait_received(Server& server);
  sys::Task<Status> wait_applied(Server& server);

  // Activation and Phase 4, 5 (repoint.cc).
  sys::Task<Status> promote();
  sys::Task<Status> activate();
  sys::Task<Status> give_address(ServerId to);
  sys::Task<void> enable_writes();
  sys::Task<void> repoint_replicas();
  sys::Task<void> repoint(plan::Step step);
  sys::Task<Status> repoint_one(Server& server, plan::Step step);
  sys::Task<void> reset_new_primary();

  // Whoever goes on with it (failover_resume.cc, resume_replicas.cc).
  void take_over(const Interrupted& interrupted);
  void recognize(const ServerId& id, const topology::ServerState& now);
  sys::Task<Status> open_again(const Interrupted& interrupted);
  sys::Task<void> leave_those_that_have_moved();
  sys::Task<Status> start_again(ServerId id);
  sys::Task<void> settle_again(ServerId id);
  sys::Task<Status> apply_own(ServerId id);
  sys::Task<Status> plan_the_rest();
  sys::Task<Status> plan_drains_again();
  void plan_moves();
  bool finds_by_gtid(const ServerId& id) const;
  bool lacks_events(const ServerId& id) const;
  sys::Task<FailoverResult> stopped_again(Error why);

  // The end (undo.cc, failover.cc).
  sys::Task<void> end_stand_in();
  Status still_ours();
  bool changed_anything() const;
  sys::Task<void> undo();
  sys::Task<void> open_old_primary();
  sys::Task<void> put_sources_back();
  sys::Task<Status> put_back(ServerId id);
  sys::Task<Status> save_unapplied(ServerId id);
  sys::Task<Status> put_source_back(ServerId id);
  sys::Task<Status> put_threads_back(ServerId id);
  std::vector<std::string> not_recovered() const;
  std::string after_an_undo() const;
  sys::Task<FailoverResult> finish(Status outcome);
  Recovered how_far() const;
  sys::Task<void> send_report(const FailoverResult& result);

  const config::ServerConfig& config_of(const ServerId& id) const;  // also of a binary log server
  Server& server(const ServerId& id) { return *servers_.at(id); }
  const config::ServerConfig& dead() const { return config_of(request_.policy.dead_primary); }
  TimePoint in(Duration limit) const { return world_.clock.now() + limit; }
  bool gtid_based() const { return plan_ && plan_->gtid_mode == 1; }
  std::vector<ServerId> replicas() const;         // those this failover handles, configuration order
  std::vector<std::string> wanted_files() const;
  static LogPlace binlog_of(const config::ServerConfig& host, std::string from_file);
  std::string timestamp() const;                  // local YYYYMMDDhhmmss of the start, for file names

  World world_;
  const config::ClusterConfig& cluster_;
  FailoverRequest request_;
  WallTime started_;
  Report report_;
  std::optional<Recorder> recorder_;

  topology::Snapshot snapshot_;
  std::map<ServerId, std::unique_ptr<Server>> servers_;
  std::map<ServerId, std::unique_ptr<ReplicaProgress>> progress_;

  plan::DeadHost dead_host_;
  std::vector<plan::RelayReach> relay_reach_;
  std::optional<plan::Plan> plan_;
  LiveFence live_fence_;
  bool address_taken_ = false;  // the script that takes it away from the old primary was called
  TimePoint asked_for_life_{};                    // the dead primary, when it was last asked for a sign of life
  bool receivers_stopped_ = false;
  std::unique_ptr<StandIn> stand_in_;
  bool at_dead_address_ = false;                  // that is where it listens
  sys::TaskGroup background_;                     // saving the tail goes on beside the drain
  sys::Event tail_saved_;                         // or there was none to save
  std::optional<topology::ServerState> promoted_; // of the new primary, after its replication was stopped

  bool phase2_reached_ = false;
  bool activated_ = false;
  std::optional<Error> lost_;                     // the right to act, as it was found to be gone
  bool undoing_ = false;                          // drains that still run begin nothing new
  bool late_shutdown_ = false;                    // shutdown_script runs only when its host is not needed any more
  bool shutdown_called_ = false;
  bool one_time_account_ = false;                 // replicas pointed at the stand-in got an account of its own
  std::vector<std::string> unfinished_;           // sentences: what failed after activation, and what to type
  std::vector<std::string> left_;                 // who could not be put back, and why
  std::optional<Recovered> recovered_;            // of an interrupted one: as it was noted
  std::vector<std::string> losses_;               // what may be lost, in numbers (R10)
};

}  // namespace tanist::execute

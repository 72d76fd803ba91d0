// One switch while it runs: what its phases share. Private to this room.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "execute/follow.h"
#include "execute/recorder.h"
#include "execute/switchover.h"
#include "execute/write_block.h"
#include "hooks/arguments.h"

namespace tanist::execute {

struct Interrupted;
struct ResumeResult;

class SwitchRun {
 public:
  SwitchRun(World world, const config::ClusterConfig& cluster, SwitchRequest request);

  sys::Task<SwitchResult> run();
  // Of one whose manager died (switch_resume.cc): on to its end, or back.
  sys::Task<void> finish_interrupted(const Interrupted& interrupted, ResumeResult& end);
  sys::Task<void> undo_interrupted(const Interrupted& interrupted, ResumeResult& end);

 private:
  // Phase 1 (switch_check.cc). Nothing has been changed when these fail.
  sys::Task<Status> check();
  sys::Task<Status> decide();
  sys::Task<plan::SwitchFacts> gather();
  sys::Task<void> look_at(topology::Member* member, plan::SwitchFacts* facts);
  sys::Task<void> look_for_script(plan::SwitchFacts* facts);
  sys::Task<Status> ask_operator();
  sys::Task<Status> take_locks();
  bool yes(const std::string& question) const;

  // What is slow, while the primary still takes writes (switch_prepare.cc).
  sys::Task<Status> prepare();
  sys::Task<Status> flush();
  sys::Task<Status> catch_up();
  sys::Task<void> look_how_often_it_reports();
  void note_how_it_was();
  sys::Task<void> report_positions_sooner();
  sys::Task<void> report_positions_as_before();
  sys::Task<Status> reach(Goal goal, Duration limit);
  Goal goal_at(const topology::ServerState& primary) const;

  // Phase 2 (switch_block.cc).
  sys::Task<Status> block();
  sys::Task<Status> stop_replication();
  hooks::Call script_call(hooks::OnlineChange phase, const ServerId& from, const ServerId& to) const;
  sys::Task<Status> run_script(hooks::OnlineChange phase, ServerId from, ServerId to);

  // From the point of no return on (switch_activate.cc).
  sys::Task<Status> activate();
  enum class Way { back, on, none };
  sys::Task<Way> after_failed_start(const Error& why);
  sys::Task<void> move_everybody();
  sys::Task<void> repoint(plan::Step step);
  sys::Task<Status> repoint_one(Server& replica, plan::Step step);
  sys::Task<Status> make_replica(Server& old);
  sys::Task<void> reset_new_primary();
  void unfinished(const std::string& sentence);

  // The end (switch_undo.cc).
  sys::Task<void> undo();
  struct WayBack {
    plan::StepKind kind;
    ServerId target;
    std::string what;
    std::string by_hand;  // what a person types if it fails
  };
  sys::Task<void> go_back(WayBack way, sys::Task<Status> act);
  sys::Task<Status> put_back();
  sys::Task<SwitchResult> finish(Status outcome);

  // Whoever goes on with it (switch_resume.cc).
  void take_over(const Interrupted& interrupted);
  void see_what_was_done(const store::RecoveryRecord& record);
  sys::Task<Status> open_again(const Interrupted& interrupted);
  void plan_moves(const Interrupted& interrupted);
  sys::Task<void> start_again(ServerId id);
  sys::Task<void> start_those_that_have_moved();

  Status asked_to_stop() const;
  const config::ServerConfig& config_of(const ServerId& id) const { return *cluster_.find(id); }
  Server& server(const ServerId& id) { return *servers_.at(id); }
  const config::ServerConfig& old_config() const { return config_of(plan_->old_primary); }
  const config::ServerConfig& next_config() const { return config_of(plan_->new_primary); }
  Server& old() { return server(plan_->old_primary); }
  Server& next() { return server(plan_->new_primary); }
  const topology::ServerState& found(const ServerId& id) const { return *snapshot_.find(id)->state(); }
  bool by_gtid() const { return plan_->gtid_mode == 1; }
  bool has_script() const { return request_.policy.has_script; }
  TimePoint in(Duration limit) const { return world_.clock.now() + limit; }

  World world_;
  const config::ClusterConfig& cluster_;
  SwitchRequest request_;
  std::optional<Recorder> recorder_;

  topology::Snapshot snapshot_;
  std::map<ServerId, std::unique_ptr<Server>> servers_;
  std::optional<plan::SwitchDecision> decision_;
  std::optional<plan::SwitchPlan> plan_;
  std::optional<WriteBlock> block_;
  std::optional<topology::ServerState>
      promoted_;  // the new primary when it had everything and nothing of its own
  unsigned found_period_ = 0;                  // at which the new primary says its position; 0: it is left alone
  std::optional<unsigned> checkpoint_period_;  // the same, once it was set to another
  TimePoint script_began_, blocked_since_;
  std::chrono::milliseconds blocked_{};

  bool stop_called_ = false, start_called_ = false;  // the script, in the direction of the switch
  bool taken_back_ = false;                          // it has taken the address from the new primary again
  bool next_stopped_ = false;
  bool next_closed_ = false;  // it was set read-only again, whatever the script had done
  bool stuck_ = false;        // neither of the two may be given writes
  bool activated_ = false;
  const bool never_ = false;             // waits behind the point of no return are not given up
  std::vector<std::string> said_;        // warnings of the plan
  std::vector<std::string> unfinished_;  // what failed after activation, and what to type
};

}  // namespace tanist::execute

// One cluster kept writable: finds its primary, watches it, replaces it when it is dead, and goes on with the
// new one, until it is told to stop. Nothing that happens to the cluster ends it; what it cannot do it says,
// and looks again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/options.h"
#include "daemon/adopter.h"
#include "daemon/alarms.h"
#include "daemon/grey_alarms.h"
#include "daemon/carer.h"
#include "daemon/happenings.h"
#include "daemon/return_guard.h"
#include "execute/failover.h"
#include "execute/switchover.h"
#include "manager/cluster.h"
#include "manager/forecast.h"
#include "manager/monitor.h"
#include "store/memory.h"

namespace tanist::daemon {

enum class KeeperState {
  starting,    // nothing is known yet
  waiting,     // it cannot be watched: the sentence says why
  watching,    // the primary answers
  failing,     // it does not, and nobody has judged it dead
  recovering,  // it is being replaced
  stopped,
};
std::string_view to_string(KeeperState state);

struct PausedServer {
  store::Address server;
  store::Mark mark;
  bool operator==(const PausedServer&) const = default;
};

struct KeeperView {
  std::string cluster, path;
  KeeperState state = KeeperState::starting;
  WallTime since;
  std::string primary;   // host(ip:port); empty: none is known
  std::string sentence;  // what was last found or done, for people
  std::optional<topology::Snapshot> last_look;
  std::optional<store::Mark> paused;
  std::vector<PausedServer> paused_servers;  // in the order of the file
  std::vector<Alarm> alarms;  // the oldest first
};

// The pause that holds at this moment: nothing is done, whatever is found. `name`: of the cluster, or of one of its servers.
Result<std::optional<store::Mark>> pause_of(store::Memory& memory, const std::string& cluster, WallTime now,
                                            const std::string& name = store::kPaused);

struct KeeperPolicy {
  Duration pause_between_failovers = std::chrono::minutes(60);  // R7
};

class Keeper : private manager::MonitorListener {
 public:
  // `outside`: its journal is that of all clusters. `memory` likewise; both must outlive the keeper.
  Keeper(const manager::Outside& outside, store::Memory& memory, config::ClusterConfig file, KeeperPolicy policy,
         Happenings& happenings);

  // Ends some time after stop(); a recovery that has begun is undone or finished first. Begins after `wait`.
  sys::Task<void> run(Duration wait);
  void stop();
  // The file was edited. Taken over as soon as no recovery runs.
  void take_file(config::ClusterConfig file);
  // Somebody paused or resumed it.
  void marks_changed();

  // A primary that was replaced becomes a replica. What was done, or why nothing was.
  sys::Task<Result<std::string>> rejoin(std::string host, std::optional<uint16_t> port, RejoinWord word);

  // What a person orders. An error: it was not begun, or nobody is named so.
  sys::Task<Result<execute::SwitchResult>> switch_over(plan::SwitchPolicy policy, bool dry_run);
  sys::Task<Result<execute::FailoverResult>> fail_over(Options options);
  sys::Task<Result<manager::Forecast>> forecast(manager::Supposed supposed);

  // All that one of those who look at it sees now.
  void standing(const std::string& source, std::vector<Alarm> now);

  const KeeperView& view() const { return view_; }
  const config::ClusterConfig& file() const { return file_; }

 private:
  using Address = store::Address;
  struct Order {
    std::function<sys::Task<Status>()> work;
    sys::Completion<Status> over;
  };

  static constexpr Duration kLookLimit = std::chrono::seconds(4);  // reference App. C, server probe

  // keeper.cc: the loop
  sys::Task<void> keep();
  sys::Task<Status> open();
  sys::Task<void> rest_of_others();
  sys::Task<void> begin_anew();
  sys::Task<void> resume_interrupted();
  sys::Task<std::optional<ServerId>> find_primary();
  sys::Task<manager::MonitorEnd> watch(ServerId primary);
  sys::Task<void> rest(Duration time);  // less if there is something to do
  void become(KeeperState state, std::string sentence);
  void tell(std::string kind, std::string name, std::string sentence);
  void alarmed(const Alarm& alarm, Alarms::Change change);
  void complain(const Status& status);
  sys::Log& log() { return cluster_ ? cluster_->log() : *early_log_; }

  // keeper_recover.cc: a dead primary is replaced
  sys::Task<void> replace(ServerId dead, manager::PrimaryDead verdict);
  sys::Task<bool> held_back(const ServerId& dead, const manager::PrimaryDead& verdict);
  execute::FailoverRequest request_for(const ServerId& dead);
  void judged(execute::FailoverRequest& request, const manager::PrimaryDead& verdict);
  std::optional<std::string> guard();
  Result<std::unique_ptr<store::ClusterLock>> lock_recovery();
  std::function<Status()> still_ours(store::ClusterLock& recovery);
  sys::Task<std::optional<execute::FailoverResult>> recover(execute::FailoverRequest request);
  sys::Task<void> go_on(std::optional<ServerId> new_primary, std::string sentence);

  // keeper_orders.cc: what a person orders
  Status may_be_ordered() const;
  sys::Task<Status> instead_of_watching(std::function<sys::Task<Status>()> work);
  sys::Task<void> obey();
  void refuse_order(const std::string& why);
  sys::Task<Status> switch_now(plan::SwitchPolicy policy, execute::SwitchResult& result);
  sys::Task<Status> fail_over_now(const Options& options, execute::FailoverResult& result);

  // keeper_view.cc: what is known, and to those who look beside it
  std::unique_ptr<Carer> make_carer();
  std::unique_ptr<Adopter> make_adopter();
  void note_look(const topology::Snapshot& snapshot);
  std::optional<topology::ServerState> last_seen(const ServerId& server) const;
  bool is_paused();
  void read_server_pauses();
  const store::Mark* pause_of_server(const ServerId& server) const;

  void ping_ok(bool first_or_first_again) override;
  void ping_failing(int failures) override;
  void looked(const topology::Snapshot& snapshot) override;
  void found(const detect::Finding& finding) override;
  void standing(const std::vector<detect::Condition>& conditions) override {
    standing(kGreySource, grey_alarms(view_.primary, conditions));
  }

  sys::Event stop_;       // of this keeper, told to the recovery too
  sys::Event interrupt_;  // come out of watching and resting: something is new
  manager::Outside outside_;
  store::Memory& memory_;
  config::ClusterConfig file_;
  KeeperPolicy policy_;
  Happenings& happenings_;
  Alarms alarms_;
  std::optional<config::ClusterConfig> new_file_;
  std::unique_ptr<sys::Log> early_log_;  // until the cluster's own is open
  std::unique_ptr<store::ClusterLock> lock_;
  std::unique_ptr<manager::Cluster> cluster_;
  std::unique_ptr<ReturnGuard> guard_;
  std::unique_ptr<Carer> carer_;
  std::unique_ptr<Adopter> adopter_;
  sys::Event guarded_enough_;
  sys::TaskGroup guarding_;  // goes on beside a recovery that must not wait for it
  std::optional<ServerId> watched_;
  std::optional<Order> order_;
  std::optional<topology::Member> last_alive_;  // the primary, when it last answered
  bool resumed_ = false;   // nothing unfinished is left of this cluster
  bool outdated_ = false;  // somebody belongs to the cluster again: who is in it is to be seen anew
  Duration patience_{};  // before a recovery that was refused is tried again
  KeeperView view_;
};

}  // namespace tanist::daemon

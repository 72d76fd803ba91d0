#include "daemon/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "daemon/effective.h"
#include "daemon/guard.h"
#include "daemon/interrupted.h"
#include "execute/from_config.h"
#include "plan/plan.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLookLimit = 4s;  // reference App. C, server probe
constexpr Duration kReopen = 5s;     // another manager may be at work; it is asked for again
constexpr Duration kPausedLook = 30s;
constexpr Duration kFirstPatience = 5s, kLongestPatience = 5min;

}  // namespace

Keeper::Keeper(const manager::Outside& outside, store::Memory& memory, config::ClusterConfig file, KeeperPolicy policy,
               Happenings& happenings)
    : stop_(outside.clock),
      interrupt_(outside.clock),
      outside_(manager::with_stop(outside, stop_)),
      memory_(memory),
      file_(std::move(file)),
      policy_(policy),
      happenings_(happenings),
      alarms_(outside.clock, [this](const Alarm& alarm, Alarms::Change change) { alarmed(alarm, change); }),
      guarded_enough_(outside.clock),
      patience_(kFirstPatience) {
  view_.cluster = file_.name;
  view_.path = file_.path;
  view_.since = outside_.clock.wall_now();
}

void Keeper::stop() {
  stop_.set();
  interrupt_.set();
}

void Keeper::take_file(config::ClusterConfig file) {
  new_file_ = std::move(file);
  interrupt_.set();
}

void Keeper::marks_changed() {
  is_paused();
  interrupt_.set();
}

// Where that cannot be read, what was last known holds.
bool Keeper::is_paused() {
  auto pause = pause_of(memory_, file_.name, outside_.clock.wall_now());
  complain(pause ? Status{} : fail(pause.error()));
  if (pause) view_.paused = std::move(*pause);
  return view_.paused.has_value();
}

sys::Task<void> Keeper::run(Duration wait) {
  early_log_ = outside_.open_log("", file_.log_level());
  if (wait > Duration::zero()) co_await rest(wait);
  while (!stop_.is_set()) {
    Status opened = co_await open();
    if (opened) {
      co_await keep();
      continue;
    }
    if (view_.sentence != opened.error().what) log().error(opened.error().what);
    become(KeeperState::waiting, opened.error().what);
    co_await rest(kReopen);
  }
  become(KeeperState::stopped, "");
}

sys::Task<Status> Keeper::open() {
  if (new_file_) file_ = *std::exchange(new_file_, std::nullopt);
  auto memory = memory_.recall(file_.name);
  if (!memory) co_return fail(memory.error());
  auto made = outside_.files.make_directories(file_.manager_workdir());
  if (!made) co_return fail(made.error().during("make the work directory"));
  auto lock = outside_.lock_cluster(file_.manager_workdir(), file_.name);
  if (!lock) co_return fail(lock.error());
  auto cluster = manager::Cluster::open(outside_, effective_config(file_, *memory), file_.manager_log(), true);
  if (!cluster) co_return fail(cluster.error());
  lock_ = std::move(*lock);
  cluster_ = std::move(*cluster);
  complain(manager::tell_journal(outside_, file_));
  for (const auto& warning : file_.warnings) log().warning(warning.text());
  resumed_ = false;
  co_await begin_anew();
  co_return Status{};
}

// With what the file says now, and what happened since. Nothing may still work with what it said before.
sys::Task<void> Keeper::begin_anew() {
  co_await guarding_.wait();
  if (carer_) co_await carer_->rest();
  carer_ = make_carer();
  guard_ = std::make_unique<ReturnGuard>(*cluster_, memory_, file_, [this] { return is_paused(); }, [this] { return lock_->still_held(); });
  auto memory = memory_.recall(file_.name);
  complain(memory ? Status{} : fail(memory.error()));
  if (!memory) co_return;
  config::ClusterConfig config = effective_config(file_, *memory);
  const config::ServerConfig* primary = memory->primary ? find_server(config, *memory->primary) : nullptr;
  std::optional<ServerId> known;
  if (primary) known = primary->id;
  cluster_->begin_anew(std::move(config), known);
}

// Until the file changes its work directory or log, or stop.
sys::Task<void> Keeper::keep() {
  while (!stop_.is_set()) {
    interrupt_.clear();
    is_paused();
    if (new_file_) {
      const bool elsewhere =
          new_file_->manager_workdir() != file_.manager_workdir() || new_file_->manager_log() != file_.manager_log();
      if (elsewhere) break;
      co_await guarding_.wait();
      co_await carer_->rest();
      file_ = *std::exchange(new_file_, std::nullopt);
      co_await begin_anew();
      log().info(fmt::format("{} was edited: going on with what it says now.", file_.path));
    }
    if (std::exchange(outdated_, false)) co_await begin_anew();
    if (!resumed_) {
      co_await resume_interrupted();
      continue;
    }
    auto primary = co_await find_primary();
    if (!primary) continue;
    auto end = co_await watch(*primary);
    if (auto* dead = std::get_if<manager::PrimaryDead>(&end)) {
      co_await replace(*primary, std::move(*dead));
    } else if (auto* refused = std::get_if<manager::MonitorRefused>(&end)) {
      if (view_.sentence != refused->why) log().error(refused->why);
      become(KeeperState::waiting, refused->why);
      co_await rest(kReopen);
    }
  }
  co_await guarding_.wait();
  co_await carer_->rest();
  carer_.reset();
  guard_.reset();
  cluster_.reset();
  lock_.reset();
}

// A manager that died may have left a recovery half done. Whoever still works on it holds the lock.
sys::Task<void> Keeper::resume_interrupted() {
  execute::ResumeResult result;
  auto left = manager::left_undone(outside_, file_);
  resumed_ = left && !*left;
  if (resumed_) co_return;
  if (left && is_paused()) {
    result.why = "a recovery was interrupted, and nothing is done about it because " + file_.name + " is paused";
  } else if (left) {
    if (view_.state != KeeperState::waiting) become(KeeperState::recovering, "an interrupted recovery is looked at");
    // Nobody may still work with the configuration that is about to be replaced.
    co_await guarding_.wait();
    co_await carer_->rest();
    result = co_await resume(*cluster_, memory_, file_, *lock_, std::move(**left));
    co_await begin_anew();
  } else {
    result.why = left.error().what;
  }
  if (view_.sentence != result.why) log().error(result.why + ".");
  become(result.closed ? KeeperState::starting : KeeperState::waiting, result.why);
  if (!result.closed) co_await rest(kReopen);
}

// The servers themselves say who it is; memory has a word only where they do not (a primary without replicas).
sys::Task<std::optional<ServerId>> Keeper::find_primary() {
  auto snapshot = co_await cluster_->observe(kLookLimit);
  view_.last_look = snapshot;
  if (!snapshot.primary) {
    const std::string why = snapshot.problems.empty() ? "there is no primary" : join(snapshot.problems, "; ");
    if (view_.sentence != why) log().error(why + ". Looking again until there is one.");
    become(KeeperState::waiting, why);
    co_await rest(cluster_->config().first().ping_interval);
    co_return std::nullopt;
  }
  const config::ServerConfig& primary = *cluster_->config().find(*snapshot.primary);
  auto memory = memory_.recall(file_.name);
  const bool known = memory && memory->primary == address_of(primary);
  if (!known && snapshot.primary_member()->alive()) {
    complain(memory_.set_primary(file_.name, address_of(primary), outside_.clock.wall_now()));
  }
  view_.primary = primary.host_info();
  cluster_->fix_primary(primary.id);
  co_return primary.id;
}

sys::Task<manager::MonitorEnd> Keeper::watch(ServerId primary) {
  watched_ = primary;
  log().info(fmt::format("Watching {}.", cluster_->config().find(primary)->host_info()));
  manager::Monitor monitor(cluster_->world(), cluster_->config(), primary, *this, interrupt_);
  guarded_enough_.clear();
  guarding_.start(guard_->run(primary, guarded_enough_, [this] {
    outdated_ = true;
    interrupt_.set();
  }));
  auto end = co_await monitor.run();
  guarded_enough_.set();
  watched_.reset();
  co_return end;
}

sys::Task<void> Keeper::replace(ServerId dead, manager::PrimaryDead verdict) {
  const bool held_by_pause = co_await held_back(dead, verdict);
  if (held_by_pause) co_return;
  co_await carer_->rest();
  const config::ServerConfig old = *cluster_->config().find(dead);
  log().warning(fmt::format("{} is {}: {}", old.host_info(), verdict.lives() ? "given up" : "dead", verdict.finding.sentence));
  become(KeeperState::recovering, verdict.finding.sentence);
  auto lock = outside_.lock_cluster(file_.manager_workdir(), file_.name + ".failover");
  execute::FailoverResult result;
  auto left = manager::left_undone(outside_, file_);
  resumed_ = left && !*left;
  if (lock && !resumed_) co_return;  // a command has begun one meanwhile, and died: that first
  if (lock) {
    cluster_->take_as_dead(dead);
    execute::FailoverRequest request = request_for(dead, std::move(verdict));
    request.still_ours = [&] {
      Status held = lock_->still_held();
      return held ? (*lock)->still_held() : held;
    };
    result = co_await execute::run_failover(cluster_->world(), cluster_->config(), std::move(request));
  } else {
    result.why = "another failover of this cluster is running: " + lock.error().what;
  }
  tell("recovery", result.new_primary ? "succeeded" : "failed", result.new_primary ? result.subject : result.why);
  if (result.new_primary) {
    patience_ = kFirstPatience;
    view_.last_look.reset();  // of the old primary
    view_.primary.clear();
    become(KeeperState::starting, result.subject);
    co_await begin_anew();
    co_return;
  }
  become(KeeperState::waiting, result.why);
  co_await begin_anew();
  log().error(fmt::format("{} was not replaced: {}. Looking again in {} s.", old.host_info(), result.why,
                          std::chrono::duration_cast<std::chrono::seconds>(patience_).count()));
  co_await rest(patience_);
  patience_ = std::min<Duration>(patience_ * 2, kLongestPatience);
}

// While it is paused: what would be done is said, once, and the primary is looked at again.
sys::Task<bool> Keeper::held_back(const ServerId& dead, const manager::PrimaryDead& verdict) {
  if (!is_paused()) co_return false;
  plan::Policy policy = execute::default_policy(cluster_->config(), dead);
  policy.given_up = verdict.lives();
  plan::DeadHost host;
  host.ssh_reachable = verdict.ssh_reachable;
  host.last_seen_end = verdict.last_seen_end;
  const plan::Decision decision = plan::plan_failover(verdict.snapshot, policy, host, {});
  const auto* plan = std::get_if<plan::Plan>(&decision);
  const std::string would = plan ? "this would be done:\n" + plan::text(*plan, verdict.snapshot)
                                 : "nothing could be done: " + plan::text(std::get<plan::Refusal>(decision));
  const std::string sentence = fmt::format("{} is {}, and nothing is done because {} is paused{}; {}",
                                           cluster_->config().find(dead)->host_info(),
                                           verdict.lives() ? "given up" : "dead", file_.name,
                                           view_.paused->why.empty() ? "" : " (" + view_.paused->why + ")", would);
  if (view_.sentence != sentence) log().warning(sentence);
  become(KeeperState::waiting, sentence);
  cluster_->fix_primary(dead);
  co_await rest(kPausedLook);
  co_return true;
}

execute::FailoverRequest Keeper::request_for(const ServerId& dead, manager::PrimaryDead verdict) {
  const config::ServerConfig& server = *cluster_->config().find(dead);
  execute::FailoverRequest request;
  request.policy = execute::default_policy(cluster_->config(), dead);
  request.cause = verdict.finding.rule + " " + verdict.finding.sentence;
  request.ssh_reachable = verdict.ssh_reachable;
  // The monitor asked in a hurry. A host that still sends something back gets the whole ssh_connection_timeout: the
  // only copy of the last transactions is on it.
  if (verdict.finding.kind != detect::Kind::silent && verdict.ssh_reachable == false) request.ssh_reachable.reset();
  request.policy.given_up = verdict.lives();
  request.last_seen_end = verdict.last_seen_end;
  request.dead_semi_sync = verdict.semi_sync;
  request.dead_tls = verdict.tls;
  request.check_still_dead = server.ping_type != config::PingType::insert;
  request.log_place = cluster_->log_place();
  request.guard = [this] { return guard(); };
  request.phase2_begins = [] {};
  request.activated = [this, dead](const ServerId& next, const execute::Recovered& recovered) {
    complain(manager::remember_replaced(memory_, cluster_->config(), dead, next, recovered, outside_.clock.wall_now()));
  };
  request.stop_requested = [this] { return stop_.is_set(); };
  return request;
}

std::optional<std::string> Keeper::guard() {
  auto history = cluster_->world().journal.history({.cluster = file_.name, .kind = "failover", .at_most = 10, .with_steps = false});
  auto said = memory_.mark(file_.name, store::kAcknowledged);
  if (!history) return history.error().what;
  if (!said) return said.error().what;
  return why_not_again(file_.name, *history, *said, policy_.pause_between_failovers, outside_.clock.wall_now());
}

sys::Task<void> Keeper::rest(Duration time) {
  static_cast<void>(co_await interrupt_.wait_until(outside_.clock.now() + time));
  interrupt_.clear();  // what is new is looked at first of all
}

void Keeper::become(KeeperState state, std::string sentence) {
  const bool other = view_.state != state;
  if (other) view_.since = outside_.clock.wall_now();
  view_.state = state;
  view_.sentence = std::move(sentence);
  if (other) tell("state", std::string(to_string(state)), view_.sentence);
}

void Keeper::tell(std::string kind, std::string name, std::string sentence) {
  happenings_.tell({std::move(kind), file_.name, outside_.clock.wall_now(), std::move(name), std::move(sentence)});
}

void Keeper::standing(const std::string& source, std::vector<Alarm> now) {
  alarms_.standing(source, std::move(now));
  view_.alarms = alarms_.all();
}

void Keeper::alarmed(const Alarm& alarm, Alarms::Change change) {
  const bool begins = change == Alarms::Change::begins;
  tell(begins ? "alarm" : "alarm_over", alarm.rule, alarm.sentence);
  if (begins) {
    log().warning(alarm.rule + ": " + alarm.sentence + (alarm.evidence.empty() ? "" : "\n  " + join(alarm.evidence, "\n  ")));
  } else {
    log().info(alarm.rule + " is over: " + alarm.sentence);
  }
  complain(memory_.note({file_.name, outside_.clock.wall_now(), alarm.rule, begins ? "alarm" : "over", alarm.sentence,
                         alarm.evidence}));
}

void Keeper::complain(const Status& status) {
  if (!status) log().error(status.error().what);
}

void Keeper::ping_ok(bool first_or_first_again) {
  if (!first_or_first_again) return;
  become(KeeperState::watching, "");
  log().info("Ping succeeded, watching.");
}

void Keeper::ping_failing(int failures) {
  if (view_.state != KeeperState::failing) become(KeeperState::failing, fmt::format("{} failed ping(s)", failures));
}

// Somebody has made another server the primary: that one is watched from now on.
void Keeper::looked(const topology::Snapshot& snapshot) {
  view_.last_look = snapshot;
  if (watched_) carer_->looked(snapshot, *watched_);
  if (!watched_ || !snapshot.primary || snapshot.primary == watched_ || !snapshot.primary_member()->alive()) return;
  log().warning(fmt::format("The replicas follow {} now.", snapshot.primary_member()->facts.text()));
  interrupt_.set();
}

void Keeper::found(const detect::Finding& finding) {
  view_.sentence = finding.sentence;
  tell("finding", finding.rule, finding.sentence);
  complain(memory_.note({file_.name, outside_.clock.wall_now(), finding.rule,
                         std::string(detect::to_string(finding.kind)), finding.sentence, finding.evidence}));
}

}  // namespace tanist::daemon

#include "daemon/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "daemon/effective.h"
#include "daemon/interrupted.h"

namespace tanist::daemon {

using namespace std::chrono_literals;

namespace {

constexpr Duration kReopen = 5s;     // another manager may be at work; it is asked for again

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
      guarded_enough_(outside.clock) {
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
  read_server_pauses();
  interrupt_.set();
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

// Nobody may still work with a configuration that is about to be replaced.
sys::Task<void> Keeper::rest_of_others() {
  if (carer_) co_await carer_->rest();
  co_await guarding_.wait();  // the last wait: what is asked for meanwhile begins in this group
}

// With what the file says now, and what happened since.
sys::Task<void> Keeper::begin_anew() {
  co_await rest_of_others();
  carer_ = make_carer();
  adopter_ = make_adopter();
  guard_ = std::make_unique<ReturnGuard>(*cluster_, memory_, file_, [this] { return is_paused(); }, [this] { return lock_->still_held(); });
  auto memory = memory_.recall(file_.name);
  complain(memory ? Status{} : fail(memory.error()));
  if (!memory) co_return;
  config::ClusterConfig config = effective_config(file_, *memory);
  std::vector<Address> paused;
  for (const PausedServer& one : view_.paused_servers) paused.push_back(one.server);
  spare(config, paused);
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
      co_await rest_of_others();
      file_ = *std::exchange(new_file_, std::nullopt);
      co_await begin_anew();
      log().info(fmt::format("{} was edited: going on with what it says now.", file_.path));
    }
    read_server_pauses();
    if (std::exchange(outdated_, false)) co_await begin_anew();
    if (!resumed_) {
      co_await resume_interrupted();
      continue;
    }
    if (order_) {
      co_await obey();
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
  co_await rest_of_others();
  refuse_order("its file was edited, or `tanist run` is ending");
  carer_.reset();
  adopter_.reset();
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
    co_await rest_of_others();
    result = co_await resume(*cluster_, memory_, file_, *lock_, std::move(**left));
    co_await begin_anew();
  } else {
    result.why = left.error().what;
  }
  if (view_.sentence != result.why) log().error(result.why + ".");
  become(result.closed ? KeeperState::starting : KeeperState::waiting, result.why);
  if (result.closed) co_return;
  refuse_order("an interrupted recovery comes first: " + result.why);
  co_await rest(kReopen);
}

// The servers themselves say who it is; memory has a word only where they do not (a primary without replicas).
sys::Task<std::optional<ServerId>> Keeper::find_primary() {
  auto snapshot = co_await cluster_->observe(kLookLimit);
  note_look(snapshot);
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
  note_look(snapshot);
  if (watched_) carer_->looked(snapshot, *watched_);
  if (watched_) adopter_->looked(snapshot, *watched_);
  const bool over = std::any_of(view_.paused_servers.begin(), view_.paused_servers.end(), [this](const PausedServer& one) {
    return one.mark.until && *one.mark.until <= outside_.clock.wall_now();
  });
  if (over) interrupt_.set();
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

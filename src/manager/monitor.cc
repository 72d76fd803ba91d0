#include "manager/monitor.h"

#include <fmt/format.h>

#include <algorithm>

#include "discovery/probe.h"
#include "hooks/arguments.h"
#include "manager/spread.h"
#include "manager/witnesses.h"
#include "execute/from_config.h"

namespace tanist::manager {

using detect::ScriptVerdict;
using namespace std::chrono_literals;

namespace {

// While evidence is gathered the primary is asked again this often, whatever its ping_interval.
constexpr Duration kRetryPause = 200ms;
// A witness that heard the primary is not asked again soon: a server counts connections that end after the greeting
// and may block the host (max_connect_errors), and that host may be a replica.
constexpr Duration kWitnessRest = 30s;
// How often everybody is looked at while the primary answers.
constexpr Duration kHealthyLook = 5s;
constexpr Duration kFlapMemory = 10min;
constexpr size_t kAnswersRemembered = 20;
// A script's verdict older than this is asked for again before anything is decided on it.
constexpr Duration kScriptAge = 10s;

bool any_heard_it(const std::vector<detect::Witness>& witnesses) {
  return std::any_of(witnesses.begin(), witnesses.end(),
                     [](const auto& witness) { return witness.saw == detect::WitnessSaw::greeting; });
}

ScriptVerdict verdict_of(const hooks::Outcome& outcome) {
  switch (hooks::secondary_verdict(outcome.status)) {
    case hooks::SecondaryVerdict::primary_unreachable: return ScriptVerdict::down;
    case hooks::SecondaryVerdict::primary_reachable: return ScriptVerdict::reachable;
    case hooks::SecondaryVerdict::route_host_unreachable: return ScriptVerdict::witness_unreachable;
    case hooks::SecondaryVerdict::unknown: return ScriptVerdict::unknown;
  }
  return ScriptVerdict::unknown;
}

}  // namespace

Monitor::Monitor(execute::World world, const config::ClusterConfig& cluster, ServerId primary,
                 MonitorListener& listener, sys::Event& stop)
    : world_(std::move(world)),
      cluster_(cluster),
      primary_(*cluster.find(primary)),
      listener_(listener),
      stop_(stop),
      pinger_(world_.clock, world_.mysql, primary_),
      grey_(world_, primary_) {}

sys::Task<MonitorEnd> Monitor::run() {
  auto end = co_await watch();
  co_await background_.wait();
  listener_.standing({});
  co_return end;
}

sys::Task<MonitorEnd> Monitor::watch() {
  while (!stop_.is_set()) {
    TimePoint started = world_.clock.now();
    auto pong = co_await pinger_.ping(started + primary_.ping_interval);
    bool answered = pong.has_value();
    TimePoint ended = world_.clock.now();
    // Every question has its limit, and so has the time between two: whoever exceeds them stood still himself.
    series_.longest_gap = std::max({series_.longest_gap, started - last_asked_.value_or(started), ended - started});
    last_asked_ = ended;
    // One that took longer than its limit found us standing still: it says nothing of the primary.
    if (answered && ended - started <= primary_.ping_interval) answer_times_.push_back(ended - started);
    if (answered && answered_once_) grey_.answered(ended - started);  // the first connects, too
    if (answer_times_.size() > kAnswersRemembered) answer_times_.pop_front();
    if (answered && pong->lock_held_elsewhere && !answered_once_) {
      co_return MonitorRefused{fmt::format(
          "the advisory lock MHA_Master_High_Availability_Monitor on {} is held by another manager: end that one first",
          primary_.host_info())};
    }
    if (answered) {
      co_await on_answer(std::move(pong));
      auto useless = co_await give_up();
      if (useless) co_return std::move(*useless);
    } else {
      auto dead = co_await on_failure(pong.error());
      if (dead) co_return std::move(*dead);
    }
    TimePoint next = next_ping(started, answered);
    bool lost = co_await pinger_.lost_before(next);
    if (lost) world_.log.warning(fmt::format("{} closed the connection it was watched by.", primary_.host_info()));
  }
  co_return MonitorStopped{};
}

TimePoint Monitor::next_ping(TimePoint started, bool answered) const {
  TimePoint now = world_.clock.now();
  if (answered) return std::max(now, started + primary_.ping_interval);
  return now + kRetryPause;
}

sys::Task<void> Monitor::on_answer(mysql::Answer<Pinger::Pong> pong) {
  if (pong->lock_held_elsewhere) {
    world_.log.warning(fmt::format("Another connection holds the monitor lock on {}: is a second manager running?",
                                   primary_.host_info()));
  }
  const bool again = series_.failures > 0 || series_.failed_before;
  if (again) {
    world_.log.info(fmt::format("{} answers again after {} failed ping(s).", primary_.host_info(), series_.failures));
  }
  listener_.ping_ok(!answered_once_ || again);
  if (again) recoveries_.push_back(world_.clock.now());
  while (!recoveries_.empty() && world_.clock.now() - recoveries_.front() > kFlapMemory) recoveries_.pop_front();
  answered_once_ = true;
  last_answer_ = last_greeting_ = world_.clock.now();
  series_ = Series{};
  look_while_healthy();
  co_return;
}

void Monitor::look_while_healthy() {
  if (!background_.idle() || world_.clock.now() - healthy_look_at_ < kHealthyLook) return;
  // At once when the watch begins, and from then on at a moment of its own.
  const bool first = healthy_look_at_ == TimePoint{};
  healthy_look_at_ = world_.clock.now() - (first ? moment_of(cluster_.name, kHealthyLook) : Duration::zero());
  const Duration limit = std::max<Duration>(primary_.ping_interval, 2s);
  background_.start(healthy_look(limit));
  background_.start(grey_look(limit));
}

// With what the last healthy look said of it: both go on at the same time, because whoever finds it dead waits for them.
sys::Task<void> Monitor::grey_look(Duration limit) {
  const auto* primary = healthy_look_ ? healthy_look_->find(primary_.id) : nullptr;
  std::optional<topology::ServerState> state;
  const bool fresh = primary && world_.clock.now() - primary->last.at <= detect::kGreyFactAge;
  if (fresh && primary->state()) state = *primary->state();
  co_await grey_.look(std::move(state), limit);
  listener_.standing(grey_.standing());
}

// It answers, and policy says that this is not enough.
sys::Task<std::optional<PrimaryDead>> Monitor::give_up() {
  auto finding = grey_.given_up(world_.clock.now());
  if (!finding) co_return std::nullopt;
  world_.log.warning(fmt::format("{} {}: {}", finding->rule, detect::to_string(finding->kind), finding->sentence));
  for (const std::string& line : finding->evidence) world_.log.info("  " + line);
  listener_.found(*finding);
  co_await background_.wait();
  auto snapshot = co_await world_.observe(2s);
  co_return dead_by(std::move(*finding), std::move(snapshot));
}

sys::Task<void> Monitor::healthy_look(Duration limit) {
  auto look = co_await world_.observe(limit);
  listener_.looked(look);
  const auto* member = look.find(primary_.id);
  if (member && member->alive()) healthy_look_ = std::move(look);
}

sys::Task<std::optional<PrimaryDead>> Monitor::on_failure(mysql::Failure failure) {
  ++series_.failures;
  bool first_round = !series_.silent_since.has_value();
  if (first_round) series_.silent_since = world_.clock.now();
  series_.last = discovery::as_no_answer(failure);
  if (failure.contact == mysql::Contact::error_packet) last_greeting_ = world_.clock.now();
  if (failure.contact != mysql::Contact::error_packet) listener_.ping_failing(series_.failures);
  world_.log.warning(fmt::format("Connection failed {} time(s).. {}: {}", series_.failures, primary_.host_info(),
                                 failure.what));

  topology::Snapshot snapshot;
  co_await gather(first_round, &snapshot);
  note_progress(snapshot);

  detect::Case facts = make_case(snapshot);
  detect::Finding finding = detect::judge(facts);
  // An old verdict neither kills nor saves: before it decides anything the script is asked again.
  const bool script_decides = finding.primary_is_dead() || finding.kind == detect::Kind::vetoed;
  if (script_decides && !primary_.secondary_check_script.empty() &&
      (!series_.script || world_.clock.now() - series_.script_asked > kScriptAge)) {
    co_await gather_script();
    facts.script = series_.script.value_or(ScriptVerdict::not_configured);
    finding = detect::judge(facts);
  }
  if (finding.rule != series_.last_rule) {
    series_.last_rule = finding.rule;
    world_.log.warning(fmt::format("{} {}: {}", finding.rule, detect::to_string(finding.kind), finding.sentence));
    for (const std::string& line : finding.evidence) world_.log.info("  " + line);
    listener_.found(finding);
  }
  if (finding.rule == detect::kPausedRule) begin_series_anew();
  if (!finding.primary_is_dead()) co_return std::nullopt;
  co_await background_.wait();
  co_return dead_by(std::move(finding), std::move(snapshot));
}

// With what is known of it from the time before.
PrimaryDead Monitor::dead_by(detect::Finding finding, topology::Snapshot snapshot) const {
  PrimaryDead dead{std::move(finding), std::move(snapshot), {}, series_.ssh_reachable, {}, {}, {}};
  for (Duration took : answer_times_) dead.slowest_answer = std::max(dead.slowest_answer, took);
  const auto* before = healthy_look_ ? healthy_look_->find(primary_.id) : nullptr;
  if (!before) return dead;
  if (before->state()->log_bin) dead.last_seen_end = before->state()->binlog_end;
  dead.tls = before->state()->tls;
  dead.semi_sync = before->state()->semi_sync;
  return dead;
}

// What was known before the pause is forgotten, and the silence that was our own does not count.
void Monitor::begin_series_anew() {
  Series anew;
  anew.failed_before = true;
  anew.paused_until = world_.clock.now();
  anew.last_rule = series_.last_rule;
  series_ = std::move(anew);
}

sys::Task<void> Monitor::gather(bool first_round, topology::Snapshot* snapshot) {
  Duration limit = std::min<Duration>(primary_.ping_interval, 1s);
  TimePoint deadline = world_.clock.now() + limit;
  auto look = [](Monitor* self, Duration within, topology::Snapshot* into) -> sys::Task<void> {
    *into = co_await self->world_.observe(within);
  };
  std::vector<sys::Task<void>> round;
  round.push_back(look(this, limit, snapshot));
  round.push_back(gather_witnesses(deadline));
  // Until it says no: a host that is being powered off may still have answered the first time.
  if (series_.ssh_reachable.value_or(true)) round.push_back(gather_ssh(deadline));
  if (first_round && !primary_.secondary_check_script.empty()) round.push_back(gather_script());
  co_await sys::when_all(std::move(round));
}

sys::Task<void> Monitor::gather_witnesses(TimePoint deadline) {
  if (any_heard_it(series_.witnesses) && world_.clock.now() - series_.witnesses_asked < kWitnessRest) co_return;
  std::vector<config::ServerConfig> others;
  for (const auto& server : cluster_.servers) {
    if (server.id != primary_.id) others.push_back(server);
  }
  series_.witnesses_asked = world_.clock.now();
  auto answers = co_await ask_witnesses(world_.clock, world_.shell, std::move(others), primary_, deadline);
  series_.witnesses = std::move(answers);
}

sys::Task<void> Monitor::gather_ssh(TimePoint deadline) {
  bool reachable = co_await ssh_answers(world_.shell, execute::remote_host(primary_), deadline);
  series_.ssh_reachable = reachable;
}

sys::Task<void> Monitor::gather_script() {
  auto arguments = hooks::secondary_check(execute::hook_server(primary_, cluster_, false),
                                          config::to_string(primary_.ping_type));
  hooks::Call call{primary_.secondary_check_script, std::move(arguments), world_.clock.now() + primary_.hook_timeout};
  world_.log.info("Executing secondary network check script: " + hooks::printable(call));
  auto outcome = co_await world_.hooks.run(std::move(call));
  series_.script = verdict_of(outcome);
  // It may take its time: that we asked nothing meanwhile is no sign that we were paused.
  last_asked_ = series_.script_asked = world_.clock.now();
  world_.log.info("Secondary network check script ended: " + outcome.what);
}

// Only movement since the previous round counts: right after a crash a receiver may still read what its socket holds.
void Monitor::note_progress(const topology::Snapshot& snapshot) {
  series_.advancing.clear();
  for (const auto& member : snapshot.members) {
    const auto* before = series_.previous_look ? series_.previous_look->find(member.facts.id) : nullptr;
    if (!member.replica() || !before || !before->replica()) continue;
    if (topology::moved_on(*before->replica(), *member.replica())) series_.advancing.push_back(member.facts.id);
  }
  if (!series_.advancing.empty()) series_.last_advance = world_.clock.now();
  series_.previous_look = snapshot;
}

detect::Case Monitor::make_case(topology::Snapshot snapshot) const {
  detect::Case facts;
  facts.now = world_.clock.now();
  facts.ping_interval = primary_.ping_interval;
  facts.method =
      primary_.detection == config::Detection::mha ? detect::Method::mha : detect::Method::evidence;
  facts.last_answer = last_answer_;
  facts.silent_since = series_.silent_since;
  facts.failures = series_.failures;
  facts.last_failure = series_.last;
  facts.last_greeting = last_greeting_;
  for (Duration took : answer_times_) facts.slowest_answer = std::max(facts.slowest_answer, took);
  facts.recovered_series = static_cast<int>(std::count_if(
      recoveries_.begin(), recoveries_.end(), [&](TimePoint when) { return facts.now - when < kFlapMemory; }));
  facts.longest_gap = series_.longest_gap;
  facts.paused_until = series_.paused_until;
  for (const auto& member : healthy_look_ ? healthy_look_->members : std::vector<topology::Member>{}) {
    if (member.replica() && member.replica()->receiver != topology::ReceiverState::running) {
      facts.disconnected_before.push_back(member.facts.id);
    }
  }
  facts.snapshot = std::move(snapshot);
  facts.advancing = series_.advancing;
  facts.last_advance = series_.last_advance;
  facts.witnesses = series_.witnesses;
  facts.ssh_reachable = series_.ssh_reachable;
  facts.script = series_.script.value_or(ScriptVerdict::not_configured);
  return facts;
}

}  // namespace tanist::manager

#include "daemon/carer.h"

#include <fmt/format.h>

#include "daemon/effective.h"

namespace tanist::daemon {

using namespace std::chrono_literals;
using plan::CareAct;
using plan::CareVerdict;

namespace {

constexpr Duration kFirstPatience = 10s, kLongestPatience = 10min;  // between two attempts at the same thing
constexpr Duration kWellFor = 1min;                                 // so long, and the attempts are forgotten

plan::CarePolicy policy_of(const config::ServerConfig& server) {
  return {.receiver = server.care_receiver,
          .read_only = server.care_read_only,
          .source = server.care_source,
          .alarm_lag = server.alarm_lag};
}

}  // namespace

Carer::Carer(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file, Keepers keepers)
    : cluster_(cluster), memory_(memory), file_(file), keepers_(std::move(keepers)) {}

plan::CareFacts Carer::facts_of(const topology::Snapshot& snapshot) const {
  plan::CareFacts facts{snapshot, {}, {}, {}};
  for (const config::ServerConfig& server : cluster_.config().servers) facts.policies[server.id] = policy_of(server);
  auto memory = memory_.recall(file_.name);
  for (const store::Deposed& old : memory ? memory->deposed : std::vector<store::Deposed>{}) {
    const config::ServerConfig* server = find_server(file_, old.server);
    facts.replaced.push_back({old.server.host, server ? server->ip : "", old.server.port, old.by_gtid ? old.gtids : ""});
  }
  for (const auto& [thing, tried] : tried_)
    if (thing.second == CareAct::start_receiver) facts.attempts[thing.first] = tried.times;
  return facts;
}

void Carer::forget_what_is_well(const topology::Snapshot& snapshot) {
  for (auto it = tried_.begin(); it != tried_.end();) {
    auto& [thing, tried] = *it;
    const topology::Member* member = snapshot.find(thing.first);
    const bool stopped = member && member->replica() && member->replica()->receiver == topology::ReceiverState::stopped;
    const bool ill = seen_before_.contains(thing) || (thing.second == CareAct::start_receiver && stopped);
    if (ill || !tried.well_since) tried.well_since = ill ? std::nullopt : std::optional(snapshot.taken);
    const bool forgotten = tried.well_since && snapshot.taken - *tried.well_since > kWellFor;
    it = forgotten ? tried_.erase(it) : std::next(it);
  }
}

void Carer::looked(const topology::Snapshot& snapshot, const ServerId& primary) {
  const topology::Member* member = snapshot.primary_member();
  if (!member || member->facts.id != primary || !member->alive()) return;
  const plan::CareFacts facts = facts_of(snapshot);
  const std::vector<CareVerdict> verdicts = plan::care_for(facts);
  const bool paused = keepers_.paused();
  std::vector<Alarm> alarms;
  std::set<Thing> seen;
  const CareVerdict* next = nullptr;
  for (const CareVerdict& verdict : verdicts) {
    const Thing thing{verdict.server, verdict.act};
    auto tried = tried_.find(thing);
    const bool failed = tried != tried_.end() && !tried->second.failure.empty();
    if (verdict.act == CareAct::none || paused || failed) alarms.push_back(alarm_of(verdict, paused));
    if (verdict.act == CareAct::none) continue;
    seen.insert(thing);
    const bool due = tried == tried_.end() || snapshot.taken >= tried->second.next;
    if (!next && due && seen_before_.contains(thing)) next = &verdict;
  }
  seen_before_ = std::move(seen);
  forget_what_is_well(snapshot);
  keepers_.standing(std::move(alarms));
  if (!next || paused || !acting_.idle()) return;
  const topology::ReplicaStatus* status = snapshot.find(next->server)->replica();
  execute::CareRequest request{*next, primary, status ? status->source_ip : "", facts.replaced, keepers_.still_ours};
  acting_.start(act(std::move(request)));
}

Alarm Carer::alarm_of(const CareVerdict& verdict, bool paused) const {
  const config::ServerConfig* server = cluster_.config().find(verdict.server);
  Alarm alarm{verdict.rule, server ? server->host_info() : "", verdict.sentence, verdict.evidence, {}};
  if (verdict.act == CareAct::none) return alarm;
  auto tried = tried_.find({verdict.server, verdict.act});
  const bool failed = tried != tried_.end() && !tried->second.failure.empty();
  if (paused) alarm.evidence.push_back("not done because " + file_.name + " is paused");
  if (failed) alarm.evidence.push_back("it failed: " + tried->second.failure);
  return alarm;
}

sys::Task<void> Carer::act(execute::CareRequest request) {
  auto world = cluster_.world();
  auto lock = cluster_.outside().lock_cluster(file_.manager_workdir(), file_.name + ".failover");
  if (!lock) co_return;  // a recovery is at work
  const Thing thing{request.verdict.server, request.verdict.act};
  const std::string what = request.verdict.rule + ": " + request.verdict.sentence;
  if (tried_[thing].times++ == 0) world.log.warning(what);
  Status done = co_await execute::take_care(world, cluster_.config(), std::move(request));
  Tried& now = tried_[thing];
  now.next = world.clock.now() + std::min<Duration>(kFirstPatience * (1 << std::min(now.times - 1, 10)), kLongestPatience);
  now.failure = done ? "" : done.error().what;
  if (done) world.log.info("Done. " + what);
}

}  // namespace tanist::daemon

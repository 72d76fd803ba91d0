#include "daemon/adopter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "daemon/effective.h"
#include "execute/from_config.h"
#include "execute/server.h"
#include "manager/witnesses.h"
#include "plan/adoption.h"

namespace tanist::daemon {

using namespace std::chrono_literals;
using topology::Stranger;

namespace {

constexpr Duration kAnswerLimit = 4s, kSshLimit = 5s;
// Between two questions to one stranger: logins that fail fill logs, and may lock an account.
constexpr Duration kFirstPatience = 10s, kLongestPatience = 10min;
constexpr size_t kMostHosts = 8;    // where one stranger is looked for
constexpr auto kSeenEvery = 10min;  // how often it is written down that an adopted one is there

}  // namespace

Adopter::Adopter(manager::Cluster& cluster, store::Memory& memory, const config::ClusterConfig& file, sys::TaskGroup& asking,
                 Keepers keepers)
    : cluster_(cluster), memory_(memory), file_(file), asking_(asking), keepers_(std::move(keepers)) {}

void Adopter::looked(const topology::Snapshot& snapshot, const ServerId& primary) {
  const topology::Member* member = snapshot.primary_member();
  if (!member || member->facts.id != primary || !member->alive() || !keepers_.watching()) return;
  forget_who_left(snapshot);
  look_ = snapshot;
  std::erase_if(look_.strangers, [this](const Stranger& one) { return is_in_file(one); });
  std::map<uint32_t, Asked> asked_before = std::exchange(asked_, {});
  for (const Stranger& one : look_.strangers) asked_[one.server_id] = asked_before[one.server_id];
  tell();
  if (!file_.discover() || keepers_.paused() || is_asking_) return;
  auto due = std::find_if(look_.strangers.begin(), look_.strangers.end(),
                          [&](const Stranger& one) { return snapshot.taken >= asked_[one.server_id].next; });
  if (due == look_.strangers.end()) return;
  is_asking_ = true;
  asking_.start(ask(*due, look_));
}

void Adopter::tell() {
  const bool paused = file_.discover() && keepers_.paused();
  std::vector<Alarm> alarms;
  for (const Stranger& stranger : look_.strangers) {
    const std::string why = paused ? file_.name + " is paused" : asked_[stranger.server_id].why_not;
    if (auto said = plan::judge_stranger(stranger, look_, file_.discover(), why))
      alarms.push_back({said->rule, stranger.text(), said->sentence, {}, {}});
  }
  keepers_.standing(std::move(alarms));
}

// One that was replaced as primary and has just become a replica again is not in the look yet.
bool Adopter::is_in_file(const Stranger& stranger) const {
  auto is_named = [&](const std::string& host) { return server_at(file_, host, host, stranger.port) != nullptr; };
  return !stranger.hosts.empty() && std::all_of(stranger.hosts.begin(), stranger.hosts.end(), is_named);
}

bool Adopter::is_ours(const store::Adopted& adopted, const topology::Snapshot& snapshot) const {
  const auto& registered = snapshot.primary_member()->state()->registered;
  const bool connected = std::any_of(registered.begin(), registered.end(),
                                     [&](const auto& one) { return one.server_id == adopted.server_id; });
  const topology::Member* member = snapshot.find(adopted_server(file_, adopted).id);
  const topology::ReplicaStatus* replica = member ? member->replica() : nullptr;
  return connected || (replica && server_at(file_, replica->source_host, replica->source_ip, replica->source_port));
}

std::optional<std::string> Adopter::why_forgotten(const store::Adopted& adopted, const topology::Snapshot& snapshot, bool is_ours,
                                                  const std::set<ServerId>& all_adopted) {
  const ServerId id = adopted_server(file_, adopted).id;
  const config::ServerConfig* section = server_at(file_, adopted.server.host, adopted.ip, adopted.server.port);
  plan::AdoptedFacts facts;
  facts.discover = file_.discover();
  if (section) facts.section = section->id.text;
  if (!is_ours) facts.absent = cluster_.outside().clock.wall_now() - adopted.seen;
  auto why = snapshot.find(id) ? plan::why_in_the_way(snapshot, id, all_adopted) : std::nullopt;
  if (!why) in_the_way_before_.erase(id);
  const bool again = why && !in_the_way_before_.insert(id).second;
  if (again) facts.in_the_way = *why;
  return plan::why_forgotten(facts);
}

void Adopter::forget_who_left(const topology::Snapshot& snapshot) {
  auto memory = memory_.recall(file_.name);
  if (!memory) return;
  std::set<ServerId> all;
  for (const store::Adopted& adopted : memory->adopted) all.insert(adopted_server(file_, adopted).id);
  for (store::Adopted& adopted : memory->adopted) {
    const bool ours = is_ours(adopted, snapshot);
    const std::optional<std::string> why = why_forgotten(adopted, snapshot, ours, all);
    const WallTime now = cluster_.outside().clock.wall_now();
    if (why) {
      Status forgotten = memory_.disown(file_.name, adopted.server);
      if (!forgotten) continue;
      say("K86", "forgotten", fmt::format("{}:{} was adopted and is forgotten: {}", adopted.server.host, adopted.server.port, *why));
      if (cluster_.config().find(adopted_server(file_, adopted).id)) keepers_.changed();
    } else if (ours && now - adopted.seen > kSeenEvery) {
      adopted.seen = now;
      static_cast<void>(memory_.adopt(file_.name, adopted));  // the next look tries again
    }
  }
}

sys::Task<void> Adopter::ask(Stranger stranger, topology::Snapshot look) {
  sys::Clock& clock = cluster_.outside().clock;
  auto answer = co_await find(stranger);
  std::string why_not;
  if (!answer) {
    why_not = answer.error().what;
  } else {
    config::ClusterConfig alone;
    alone.servers = {answer->config};
    const topology::ServerFacts facts = execute::server_facts(alone).front();
    if (auto why = plan::why_not_adopted(stranger, facts, answer->state, look)) why_not = *why;
  }
  if (why_not.empty()) {
    // Without ssh nobody could fetch what only this one has received: one more reason to refuse a failover.
    remote::Host host = execute::remote_host(answer->config);
    const bool reachable = co_await manager::ssh_answers(cluster_.shell(), std::move(host), clock.now() + kSshLimit);
    if (!reachable) why_not = "its host does not answer ssh";
  }
  is_asking_ = false;
  if (why_not.empty() && (!keepers_.watching() || keepers_.paused())) co_return;  // there is something more important to do
  if (why_not.empty()) why_not = adopt(stranger, answer->config);
  Asked& asked = asked_[stranger.server_id];
  asked.next = clock.now() + std::min<Duration>(kFirstPatience * (1 << std::min(asked.times++, 10)), kLongestPatience);
  asked.why_not = std::move(why_not);
  tell();
}

std::string Adopter::adopt(const Stranger& stranger, const config::ServerConfig& server) {
  const WallTime now = cluster_.outside().clock.wall_now();
  Status done = memory_.adopt(file_.name, {address_of(server), server.ip, stranger.server_id, now, now});
  if (!done) return done.error().what;
  say("K82", "adopted", fmt::format("{} replicates from the primary and no section names it: it is adopted as [{}]. It is never "
                                    "promoted (no_master=1): for that, write a section for it",
                                    server.host_info(), server.id.text));
  keepers_.changed();
  return "";
}

// At every place where it may be; whoever answers with its server_id is it.
sys::Task<Result<Adopter::Answer>> Adopter::find(Stranger stranger) {
  if (stranger.hosts.empty()) co_return fail(Errc::not_found, "nobody says where it is; report_host on that server would");
  if (stranger.hosts.size() > kMostHosts) stranger.hosts.resize(kMostHosts);
  std::vector<sys::Task<Result<Answer>>> looks;
  for (const std::string& host : stranger.hosts) looks.push_back(look_at(host, stranger));
  auto answers = co_await sys::when_all(std::move(looks));
  std::vector<std::string> reasons;
  for (auto& answer : answers) {
    if (answer) co_return std::move(answer);
    reasons.push_back(answer.error().what);
  }
  co_return fail(Errc::unreachable, join(reasons, "; "));
}

sys::Task<Result<Adopter::Answer>> Adopter::look_at(std::string host, Stranger stranger) {
  manager::Outside& outside = cluster_.outside();
  auto ip = co_await outside.config.resolve(host);
  if (!ip) co_return fail(ip.error().during("resolve " + host));
  const store::Adopted as{{host, stranger.port}, *ip, stranger.server_id, {}, {}};
  Answer answer{adopted_server(file_, as), {}};
  execute::Server server(outside.clock, outside.mysql, answer.config);
  auto state = co_await server.state(outside.clock.now() + kAnswerLimit);
  if (!state) co_return fail(state.error());
  if (state->server_id != stranger.server_id)
    co_return fail(Errc::not_found, fmt::format("{} has server_id {}", answer.config.host_info(), state->server_id));
  answer.state = std::move(*state);
  co_return answer;
}

void Adopter::say(const std::string& rule, const std::string& kind, const std::string& sentence) {
  cluster_.log().warning(rule + ": " + sentence + ".");
  static_cast<void>(memory_.note({file_.name, cluster_.outside().clock.wall_now(), rule, kind, sentence, {}}));
}

}  // namespace tanist::daemon

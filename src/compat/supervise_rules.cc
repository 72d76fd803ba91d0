#include "compat/supervise_rules.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::compat {

namespace {

constexpr size_t kFewest = 2;  // a primary and a replica: less cannot be watched

// The dead primary first, then dead replicas, as long as enough stay. Nothing that is in use leaves the file, nothing that
// somebody wants to keep, and never the one that was just promoted: it may have died again, and is the only one then that
// has everything.
std::vector<const SupervisedServer*> to_remove(const Supervision& seen) {
  std::vector<const SupervisedServer*> wanted;
  for (const bool replaced : {true, false}) {
    for (const SupervisedServer& server : seen.servers) {
      if (server.in_use || server.kept || server.promoted || server.replaced != replaced) continue;
      if (replaced || server.dead) wanted.push_back(&server);
    }
  }
  size_t spare = seen.servers.size() > kFewest ? seen.servers.size() - kFewest : 0;
  if (wanted.size() > spare) wanted.resize(spare);
  return wanted;
}

bool replaced_is_in_the_way(const Supervision& seen) {
  return std::any_of(seen.servers.begin(), seen.servers.end(), [](const SupervisedServer& server) {
    return server.replaced && !server.in_use && !server.kept;
  });
}

bool failed_over(const Supervision& seen) {
  return seen.complete_flag && seen.activated && replaced_is_in_the_way(seen);
}

std::chrono::seconds pause_after(int quick_ends, const SuperviseLimits& limits) {
  if (quick_ends <= 0) return std::chrono::seconds(0);
  std::chrono::seconds pause = limits.first_pause;
  for (int i = 1; i < quick_ends && pause < limits.longest_pause; ++i) pause *= 2;
  return std::min(pause, limits.longest_pause);
}

struct Rule {
  SuperviseRow row;
  SuperviseAct act;
  bool (*holds)(const Supervision&, const SuperviseLimits&);
  std::string_view sentence;
};

constexpr Rule kRules[] = {
    {{"V10", "the manager runs", "wait"}, SuperviseAct::wait,
     [](const Supervision& s, const SuperviseLimits&) { return s.manager_runs; }, "the manager runs"},
    {{"V20", "the manager was told to stop", "end with 0"}, SuperviseAct::end,
     [](const Supervision& s, const SuperviseLimits&) { return s.told_to_stop; },
     "the manager was told to stop, so it is not started again"},
    {{"V30", "its failover failed: APP.failover.error is there", "end with 1"}, SuperviseAct::give_up,
     [](const Supervision& s, const SuperviseLimits&) { return s.error_flag; },
     "a failover failed; see that the cluster is sound, remove APP.failover.error and start again"},
    {{"V40", "a failover was just completed, and the log does not say which server was replaced", "end with 1"},
     SuperviseAct::give_up, [](const Supervision& s, const SuperviseLimits&) { return s.fresh_complete && !s.activated; },
     "a failover was completed, but the manager's log does not say of which server; take the dead ones out of the file by "
     "hand (masterha_conf_host) and start again"},
    {{"V50", "the manager was started as often as it may be within the window", "end with 1"}, SuperviseAct::give_up,
     [](const Supervision& s, const SuperviseLimits& l) { return s.starts >= l.starts; },
     "the manager ends again and again; its log says why"},
    {{"V60", "after a failover only two servers are in the file, one of them the dead primary", "end with 1"},
     SuperviseAct::give_up,
     [](const Supervision& s, const SuperviseLimits&) { return failed_over(s) && s.servers.size() <= kFewest; },
     "after this failover nobody is left to fail over to, and the last two servers stay in the file; add a replica and "
     "start again"},
    {{"V70", "a failover was completed", "take the dead primary and dead replicas out of the file, start the manager"},
     SuperviseAct::start, [](const Supervision& s, const SuperviseLimits&) { return failed_over(s); },
     "a failover was completed"},
    {{"V80", "no manager runs", "start it, after a pause that doubles while it ends soon"}, SuperviseAct::start,
     [](const Supervision&, const SuperviseLimits&) { return true; }, "no manager runs"},
};

}  // namespace

SuperviseDecision decide(const Supervision& seen, const SuperviseLimits& limits) {
  const Rule& rule = *std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const Rule& candidate) { return candidate.holds(seen, limits); });
  SuperviseDecision decision{rule.row.id, rule.act, {}, {}, std::string(rule.sentence)};
  if (decision.act != SuperviseAct::start) return decision;
  if (!failed_over(seen)) {
    decision.pause = pause_after(seen.quick_ends, limits);
    return decision;
  }
  std::vector<std::string> hosts;
  for (const SupervisedServer* server : to_remove(seen)) {
    decision.remove.push_back(server->id);
    hosts.push_back(server->host);
  }
  decision.sentence += "; out of the file go " + join(hosts, ", ");
  return decision;
}

std::span<const SuperviseRow> supervise_rows() {
  static const std::vector<SuperviseRow> rows = [] {
    std::vector<SuperviseRow> all;
    for (const Rule& rule : kRules) all.push_back(rule.row);
    return all;
  }();
  return rows;
}

}  // namespace tanist::compat

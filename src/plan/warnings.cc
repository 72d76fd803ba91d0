// What a report has to say in numbers (R10), as far as it is known before the failover runs.
#include "base/text.h"
#include "plan/steps.h"

namespace tanist::plan {

namespace {

using Sentences = std::vector<std::string>;

std::string distance(const LogCoordinates& from, const LogCoordinates& to) {
  if (to <= from) return "";
  if (from.file == to.file) return std::to_string(to.pos - from.pos) + " bytes";
  return "all from " + from.text() + " to " + to.text();
}

// The bound: everything between what the best replica has received and the end of the dead primary's log.
void bound_the_loss(const Decided& d, Sentences& out) {
  const std::string name = d.old_primary->facts.text();
  if (d.sources.dead_host) {
    if (!d.dead_host.log_problem.empty() && d.dead_host.log_end)
      out.push_back("The log of " + name + " is served up to " + d.dead_host.log_end->text() +
                    " only: " + d.dead_host.log_problem + ". What it committed behind that is lost.");
    return;
  }
  std::string text = "The log of " + name + " cannot be read (" + d.sources.why_not_dead_host +
                     "): what it committed behind " + d.sources.end.text() +
                     (d.sources.copy ? ", where the copy on " + d.sources.copy->hostname + " ends," : "") +
                     " and sent to nobody is lost";
  if (!d.dead_host.last_seen_end) {
    text += "; how much that is, nobody saw.";
  } else if (auto lost = distance(d.sources.end, *d.dead_host.last_seen_end); !lost.empty()) {
    text += "; it last reported " + d.dead_host.last_seen_end->text() + ", so at least " + lost + ".";
  } else {
    text +=
        "; when it last reported its end, at " + d.dead_host.last_seen_end->text() + ", nothing was missing.";
  }
  out.push_back(std::move(text));
}

void damaged_relay_logs(const Decided& d, Sentences& out) {
  for (const RelayReach& reach : d.relay_reach) {
    const Member* member = d.snapshot.find(reach.replica);
    if (reach.damage.empty() || !member || !member->alive()) continue;
    out.push_back("The relay logs of " + member->facts.text() + " are read up to " + reach.end.text() +
                  " only: " + reach.damage + ".");
  }
}

void binlog_servers(const Decided& d, Sentences& out) {
  if (d.sources.dead_host) return;
  out.insert(out.end(), d.sources.why_not_copies.begin(), d.sources.why_not_copies.end());
  for (const LogCopy& copy : d.dead_host.copies) {
    if (copy.problem.empty() || copy.end.empty()) continue;
    out.push_back("The copy of the log on " + copy.hostname + " is read up to " + copy.end.text() +
                  " only: " + copy.problem + ".");
  }
}

void unproven_fence(const Decided& d, Sentences& out) {
  if (d.dead_host.fence_proven || d.dead_host.powered_off) return;
  bool may_be_proven =
      !d.dead_host.fence_done &&
      (d.policy.given_up || d.dead_host.semi_sync_may_prove || d.policy.has_shutdown_script || (d.policy.fence_over_ssh && d.dead_host.ssh_reachable == true));
  if (may_be_proven) return;
  out.push_back("Nothing proves that " + d.old_primary->facts.text() +
                " stays down: if it comes back writable, two servers take writes. Set shutdown_script, or "
                "on_unproven_fence=refuse.");
}

void unasked_relay_logs(const Decided& d, Sentences& out) {
  bool used = false;
  for (const Drain& drain : d.drains) used |= drain.from == DrainFrom::relay_logs;
  if (!used || d.sources.relay_reach) return;
  out.push_back("Whether the relay logs of " + d.sources.relay->facts.text() +
                " reach back far enough was not asked yet.");
}

void fragile_relay_logs(const Decided& d, Sentences& out) {
  for (const Drain& drain : d.drains) {
    if (!holds_events(*drain.replica) || !drain.replica->state()->relay_log_recovery) continue;
    out.push_back(drain.replica->facts.text() +
                  " holds events it has not applied, and relay_log_recovery=ON: a restart "
                  "would throw them away.");
  }
}

// Nobody gets it, unless its relay logs could feed everybody.
std::string what_it_alone_has(const Decided& d, const Member& member) {
  if (!d.sources.end_known || d.sources.relay == &member) return "";
  const LogCoordinates& received = member.replica()->received;
  std::string more = distance(d.sources.end, received);
  if (more.empty()) return "";
  return " It has received up to " + received.text() + ", " + more +
         " more than anybody else gets: that is in its relay logs only, and lost to the cluster.";
}

void excused_servers(const Decided& d, Sentences& out) {
  for (const Member& member : d.snapshot.members) {
    if (member.facts.id == d.policy.dead_primary) continue;
    switch (member.role) {
      case Role::dead:
        out.push_back(member.facts.text() + " is dead and is not recovered (ignore_fail=1).");
        break;
      case Role::refusing:
        out.push_back(member.facts.text() + " refuses us and is not recovered (ignore_fail=1).");
        break;
      case Role::stray:
        out.push_back(member.problem + ". It is left as it is (ignore_fail=1).");
        break;
      case Role::unmanaged:
        out.push_back(member.facts.text() + " stays below its own source (multi_tier_slave=1).");
        break;
      case Role::failed_replica:
        out.push_back(member.facts.text() +
                      " is left behind (ignore_fail=1): its applier stopped with error " +
                      std::to_string(member.replica()->applier_errno) + "." + what_it_alone_has(d, member));
        break;
      case Role::primary:
      case Role::replica:
        break;
    }
  }
}

}  // namespace

Sentences warn(const Decided& decided, const std::vector<Drain>& left) {
  Sentences out;
  bound_the_loss(decided, out);
  damaged_relay_logs(decided, out);
  binlog_servers(decided, out);
  unproven_fence(decided, out);
  unasked_relay_logs(decided, out);
  fragile_relay_logs(decided, out);
  excused_servers(decided, out);
  for (const Drain& drain : left)
    out.push_back(drain.replica->facts.text() + " is left behind (ignore_fail=1): " + drain.why + ".");
  if (decided.policy.skip_change_master)
    out.push_back("The other replicas keep " + decided.old_primary->facts.text() +
                  " as their source (--skip_change_master).");
  return out;
}

}  // namespace tanist::plan

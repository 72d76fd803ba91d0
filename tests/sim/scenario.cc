#include "scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "random.h"
#include "server.h"

namespace tanist::sim {

using namespace std::chrono_literals;

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kill:
      return "kill";
    case Fault::freeze:
      return "freeze";
    case Fault::cut:
      return "cut";
    case Fault::power_off:
      return "power_off";
    case Fault::manager_cut:
      return "manager_cut";
    case Fault::busy:
      return "busy";
    case Fault::slow:
      return "slow";
    case Fault::loss:
      return "loss";
    case Fault::short_freeze:
      return "short_freeze";
  }
  return "?";
}

bool is_deadly(Fault fault) {
  return fault == Fault::kill || fault == Fault::freeze || fault == Fault::cut || fault == Fault::power_off;
}

namespace {

Duration between(Random& random, Duration low, Duration high) {
  return Duration(random.between(low.count(), high.count()));
}

ReplicaStory make_replica(Random& random, bool plain) {
  ReplicaStory story;
  story.receive_time = between(random, 100us, 2ms);
  story.apply_time = between(random, 100us, 2ms);
  story.connect_retry = random.one_of({1u, 10u, 60u});
  if (random.percent(25)) story.receiver_stopped_before = between(random, 10ms, 1500ms);
  if (random.percent(15)) story.apply_time = between(random, 10ms, 60ms);
  story.candidate = random.percent(20);
  if (plain) return story;
  story.applier_stopped = random.percent(8);
  if (random.percent(5)) story.delay = static_cast<uint32_t>(random.between(2, 40));
  story.no_master = random.percent(10);
  story.ignore_fail = random.percent(25);
  story.applier_broken = random.percent(3);
  story.relay_log_purge = random.percent(15);
  story.relay_log_recovery = random.percent(50);
  return story;
}

HookWay make_way(Random& random) {
  if (random.percent(85)) return HookWay::ok;
  return random.one_of({HookWay::exit1, HookWay::exit10, HookWay::hang});
}

// The primary lives and can say so.
bool is_answering(Fault fault) {
  return fault == Fault::busy || fault == Fault::slow || fault == Fault::short_freeze;
}

Fault make_fault(Random& random) {
  if (random.percent(20)) {
    return random.one_of({Fault::manager_cut, Fault::busy, Fault::slow, Fault::loss, Fault::short_freeze});
  }
  return random.one_of({Fault::kill, Fault::kill, Fault::freeze, Fault::cut, Fault::power_off});
}

}  // namespace

Scenario make_scenario(uint64_t seed) {
  Random random(seed);
  Scenario s;
  s.seed = seed;
  if (seed % 6 == 5) s.most_parts = 40;
  const bool plain = random.percent(40);
  s.servers = static_cast<int>(random.between(2, 5));
  struct Kind {
    const char* version;
    bool gtid;
  };
  Kind kind = random.one_of<Kind>({{"5.6.51-log", false},
                                   {"5.6.51-log", false},
                                   {"9.7.0", true},
                                   {"9.7.0", false},
                                   {"10.11.6-MariaDB-log", false},
                                   {"10.11.6-MariaDB-log", true}});
  s.version = kind.version;
  s.gtid = kind.gtid;
  for (int i = 1; i < s.servers; ++i) s.replicas.push_back(make_replica(random, plain));
  auto barred = [](const ReplicaStory& r) { return r.no_master || r.delay > 0; };
  if (std::all_of(s.replicas.begin(), s.replicas.end(), barred)) {
    s.replicas[0].no_master = false;
    s.replicas[0].delay = 0;
  }
  s.check_repl_delay = random.percent(25);
  s.ping_interval = static_cast<int>(random.between(1, 3));
  s.ip_hook = random.percent(60);
  s.shutdown_hook = random.percent(30);
  s.quiet = random.percent(20);
  s.fault = make_fault(random);
  s.strike = between(random, 7s, 13s);
  s.by_hand = is_answering(s.fault) && seed % 2 == 0;
  s.insert_ping = s.by_hand && seed % 4 == 0;
  if (plain) return s;
  for (const char* call : {"ip stop", "ip start", "shutdown stop", "report"})
    s.hooks[call] = make_way(random);
  s.standin = random.percent(92);
  s.fence_over_ssh = random.percent(90);
  s.refuse_unproven = random.percent(15);
  s.primary_sshd = random.percent(85);
  if (random.percent(25)) s.healed_after = between(random, 100ms, 20s);
  if (random.percent(30)) {
    s.second_at_act = static_cast<int>(random.between(1, 25));
    s.second_victim = static_cast<int>(random.between(0, s.servers - 2));
    s.second_restarts = random.percent(50);
    s.lock_taken_away = random.percent(15);
  }
  return s;
}

bool Scenario::must_succeed() const {
  auto is_plain = [](const ReplicaStory& r) {
    return !r.applier_stopped && !r.applier_broken && r.delay == 0 && !r.no_master && !r.ignore_fail &&
           !r.relay_log_purge;
  };
  bool all_plain = std::all_of(replicas.begin(), replicas.end(), is_plain);
  return is_deadly(fault) && all_plain && hooks.empty() && !healed_after && !second_at_act &&
         !check_repl_delay;
}

bool Scenario::can_be_fenced() const {
  auto it = hooks.find("shutdown stop");
  bool powered_off = shutdown_hook && (it == hooks.end() || it->second == HookWay::ok);
  bool host_there = fault == Fault::kill || fault == Fault::freeze;
  return powered_off || (fence_over_ssh && primary_sshd && host_there);
}

std::string Scenario::text() const {
  std::string text =
      fmt::format("seed {}: {} servers {}{}, {} at {:.3f} s", seed, servers, version, gtid ? " GTID" : "",
                  to_string(fault), std::chrono::duration<double>(strike).count());
  if (healed_after)
    text += fmt::format(", healed after {:.3f} s", std::chrono::duration<double>(*healed_after).count());
  text += fmt::format(
      "\n  ping_interval={} ip_hook={} shutdown_hook={} standin={} fence_over_ssh={} refuse_unproven={} "
      "check_repl_delay={} quiet={} sshd of the primary={}",
      ping_interval, ip_hook, shutdown_hook, standin, fence_over_ssh, refuse_unproven, check_repl_delay,
      quiet, primary_sshd);
  if (by_hand) text += "\n  by hand, no manager";
  for (const auto& [call, way] : hooks) {
    if (way != HookWay::ok) text += fmt::format("\n  hook {}: way {}", call, static_cast<int>(way));
  }
  if (second_at_act) {
    text += fmt::format("\n  at act {}: {}", *second_at_act,
                        lock_taken_away ? "the lock is taken away"
                                        : fmt::format("server{} dies{}", second_victim + 2,
                                                      second_restarts ? ", restarts" : ""));
  }
  for (size_t i = 0; i < replicas.size(); ++i) {
    const ReplicaStory& r = replicas[i];
    text += fmt::format("\n  server{}: receive {} us, apply {} us, connect_retry {}", i + 2,
                        r.receive_time.count() / 1000, r.apply_time.count() / 1000, r.connect_retry);
    if (r.receiver_stopped_before)
      text += fmt::format(", receiver stopped {} ms before", r.receiver_stopped_before->count() / 1000000);
    if (r.applier_stopped) text += ", applier stopped";
    if (r.applier_broken) text += ", applier broken";
    if (r.delay) text += fmt::format(", delay {} s", r.delay);
    if (r.candidate) text += ", candidate_master";
    if (r.no_master) text += ", no_master";
    if (r.ignore_fail) text += ", ignore_fail";
    if (r.relay_log_purge) text += ", relay_log_purge";
  }
  return text;
}

std::string configuration(const Scenario& s) {
  std::string text = fmt::format(
      "[server "
      "default]\nuser={}\npassword={}\nrepl_user={}\nrepl_password={}\nssh_user=root\nping_interval={}\n"
      "manager_workdir=/work\nmanager_log=/work/manager.log\nhook_timeout=20\nreport_script=/hooks/report\n"
      "standin={}\nfence_over_ssh={}\non_unproven_fence={}\n"
      "check_repl_delay={}\n",
      kAdmin, kAdminPassword, kReplUser, kReplPassword, s.ping_interval, s.standin ? 1 : 0,
      s.fence_over_ssh ? 1 : 0, s.refuse_unproven ? "refuse" : "promote", s.check_repl_delay ? 1 : 0);
  if (s.insert_ping) text += "ping_type=INSERT\n";
  if (s.ip_hook) text += "master_ip_failover_script=/hooks/ip\n";
  if (s.online_hook) text += "master_ip_online_change_script=/hooks/online\n";
  if (s.shutdown_hook) text += "shutdown_script=/hooks/shutdown\n";
  for (int i = 1; i <= s.servers; ++i) {
    text += fmt::format("[server{0}]\nhostname=db{0}\n", i);
    if (i == 1) continue;
    const ReplicaStory& r = s.replicas[static_cast<size_t>(i) - 2];
    if (r.candidate) text += "candidate_master=1\n";
    if (r.no_master) text += "no_master=1\n";
    if (r.ignore_fail) text += "ignore_fail=1\n";
  }
  if (s.binlog_server) text += "[binlog1]\nhostname=clients\n";
  return text;
}

}  // namespace tanist::sim

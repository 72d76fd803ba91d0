// Decides whether silence means death. First match wins, so the order is the argument: first every sign of
// life, then our own faults, then the veto, then the ways to be dead, each with its own measure of proof. A
// primary that only we cannot reach is not dead, so every way to be dead needs somebody else's word too, or
// (D75, D85) four failures when nobody can be asked. Thresholds: docs/failover-rules.md.
#include "detect/rules.h"

#include <algorithm>

#include "base/text.h"

namespace tanist::detect {

using topology::Member;

namespace {

std::string names(const std::vector<const Member*>& members) {
  std::vector<std::string> ids;
  for (const Member* member : members) ids.push_back(member->facts.id.text);
  return join(ids, ", ");
}

std::string names(const std::vector<const Witness*>& witnesses) {
  std::vector<std::string> ids;
  for (const Witness* witness : witnesses) ids.push_back(witness->id.text);
  return join(ids, ", ");
}

std::string error_text(const topology::NoAnswer& error) {
  return "error " + std::to_string(error.number) + (error.what.empty() ? "" : " (" + error.what + ")");
}

// Who are we, may we come in: these do not go away by waiting, somebody has to mend an account or a grant.
bool is_access_error(int number) {
  constexpr int kAccess[] = {1042, 1043, 1044, 1045, 1129, 1130, 1251, 1275, 1698, 1820, 1862, 3118, 4151};
  return std::find(std::begin(kAccess), std::end(kAccess), number) != std::end(kAccess);
}

bool script_objects(const Evidence& e) {
  return e.facts.script != ScriptVerdict::not_configured && e.facts.script != ScriptVerdict::down;
}

bool somebody_is_there(const Evidence& e) { return e.by_evidence() && !e.heard.empty(); }

bool every_receiver_lost_it(const Evidence& e) {
  return !e.lost.empty() && e.running.empty() && e.unknown_receivers == 0;
}

// The kernel of a host without a server closes the receivers' connections at once: refused to us, yet a
// receiver has its connection, is more likely a filter between us and the server.
bool refused_but_connected(const Evidence& e) { return e.refused() && !e.running.empty(); }

std::string silence_of(const Evidence& e) {
  return e.primary_text() + " has not answered for " + seconds_text(e.silence);
}

std::string agreement_of(const Evidence& e) {
  std::vector<std::string> voices;
  if (!e.got_refused.empty()) voices.push_back("refused to " + names(e.got_refused));
  if (!e.got_nothing.empty()) voices.push_back("silent to " + names(e.got_nothing));
  if (!e.lost.empty()) voices.push_back("lost to the receiver of " + names(e.lost));
  return join(voices, ", ");
}

bool dead_by_some_rule(const Evidence& e);

constexpr Rule kRules[] = {
    {"D10", Kind::alive, "the last ping was answered", [](const Evidence& e) { return e.answers; },
     [](const Evidence& e) { return e.primary_text() + " answers."; }},

    {"D20", Kind::busy,
     "it answers with an error packet: too many connections, shutting down, any other but D25's",
     [](const Evidence& e) { return e.error_packet && !is_access_error(e.error_packet->number); },
     [](const Evidence& e) {
       return e.primary_text() + " is alive but will not serve us: " + error_text(*e.error_packet) +
              ". A busy server is never failed over; look at its load and connection limit.";
     }},

    {"D25", Kind::busy,
     "it answers with an error packet about who we are: access denied, host blocked, unknown login",
     [](const Evidence& e) { return e.error_packet != nullptr; },
     [](const Evidence& e) {
       return e.primary_text() + " is alive but does not let us in: " + error_text(*e.error_packet) +
              ". Mend the account of `user` and `password`, its grants, or the blocked host (FLUSH HOSTS); "
              "until then a "
              "failure of this server cannot be seen.";
     }},

    {"D28", Kind::busy,
     "it greeted one of our connections since the silence began, or answered the status probe",
     [](const Evidence& e) { return e.by_evidence() && e.spoke; },
     [](const Evidence& e) {
       return e.primary_text() + " is slow but speaks: it greeted us since the last good ping.";
     }},

    {"D30", Kind::unreachable_from_us, "a witness was greeted by it since the silence began",
     [](const Evidence& e) { return e.by_evidence() && !e.greeted.empty(); },
     [](const Evidence& e) {
       return e.primary_text() + " does not answer us but greets " + names(e.greeted) +
              ": the fault is between this manager and it. Nothing is failed over.";
     }},

    {"D32", Kind::unreachable_from_us,
     "a replica received events or heartbeats from it between our last two looks",
     [](const Evidence& e) { return e.by_evidence() && !e.advancing.empty(); },
     [](const Evidence& e) {
       return e.primary_text() + " does not answer us but still sends to " + names(e.advancing) +
              ": the fault is between this manager and it. Nothing is failed over.";
     }},

    {"D35", Kind::suspect,
     "we asked nothing for longer than 3 ping intervals and 5 s: this manager was paused itself",
     [](const Evidence& e) {
       return e.by_evidence() &&
              e.facts.longest_gap > std::max<Duration>(3 * e.facts.ping_interval, std::chrono::seconds(5));
     },
     [](const Evidence& e) {
       return "This manager was paused for " + seconds_text(e.facts.longest_gap) + ": what it knows of " +
              e.primary_text() + " is too old, it asks anew.";
     }},

    {"D40", Kind::our_network, "no other server of the cluster answers us either",
     [](const Evidence& e) { return e.by_evidence() && e.heard.empty() && e.not_asked == 0; },
     [](const Evidence& e) {
       return e.primary_text() +
              " and every other server are silent to us: our own network is the likelier fault, and "
              "there is nobody to fail over to.";
     }},

    {"D45", Kind::vetoed, "dead by a rule below, but the secondary check script does not say so (exit 0)",
     [](const Evidence& e) { return script_objects(e) && dead_by_some_rule(e); },
     [](const Evidence& e) {
       return silence_of(e) + ", but the secondary check script does not agree: no failover.";
     }},

    {"D50", Kind::crashed, "its port is refused, and every replica that answers us lost its connection to it",
     [](const Evidence& e) { return somebody_is_there(e) && e.refused() && every_receiver_lost_it(e); },
     [](const Evidence& e) {
       return e.primary_text() + " is down: its host refuses the port, and the receiver of " + names(e.lost) +
              " lost it.";
     }},

    {"D52", Kind::crashed, "its port is refused to us, twice, and to a witness",
     [](const Evidence& e) {
       return somebody_is_there(e) && e.refused() && !e.got_refused.empty() && e.attempts >= 2;
     },
     [](const Evidence& e) {
       return e.primary_text() + " is down: its host refuses the port to us and to " + names(e.got_refused) +
              ".";
     }},

    {"D60", Kind::hung,
     "it accepts and says nothing, or hangs up, to us or to a witness, for 2 attempts and 2.5 ping "
     "intervals; "
     "nobody is greeted",
     [](const Evidence& e) {
       return somebody_is_there(e) && e.accepts_and_is_dumb() && e.silent_for(2, 2.5) && e.others_agree();
     },
     [](const Evidence& e) {
       return silence_of(e) + ": it accepts connections and says nothing; " + agreement_of(e) + ".";
     }},

    {"D62", Kind::hung,
     "its host answers ssh but its port gives no echo, for 4 attempts and 4 ping intervals; nobody "
     "else is greeted",
     [](const Evidence& e) {
       return somebody_is_there(e) && e.no_echo() && e.facts.ssh_reachable == true && e.silent_for(4, 4) &&
              e.others_agree();
     },
     [](const Evidence& e) {
       return silence_of(e) + " although its host answers ssh: the server hangs; " + agreement_of(e) + ".";
     }},

    {"D70", Kind::silent,
     "no echo from it, nor from its host's ssh, for 2 attempts and 2.5 ping intervals; nobody else "
     "is greeted",
     [](const Evidence& e) {
       return somebody_is_there(e) && e.no_echo() && e.facts.ssh_reachable != true && e.silent_for(2, 2.5) &&
              e.others_agree();
     },
     [](const Evidence& e) { return silence_of(e) + ", nor does its host; " + agreement_of(e) + "."; }},

    {"D75", Kind::silent,
     "no witness could be asked: 4 failures, 3 ping intervals, and connected receivers heard nothing for 30 s "
     "(not while it refuses us and a receiver has its connection)",
     [](const Evidence& e) {
       return somebody_is_there(e) && !e.any_witness_asked() && !refused_but_connected(e) &&
              e.facts.failures >= 4 && e.silent_for(4, 3) && (e.running.empty() || e.quiet >= kHeartbeat);
     },
     [](const Evidence& e) {
       return silence_of(e) + ", " + std::to_string(e.facts.failures) +
              " attempts failed in a row, and nobody else could be asked.";
     }},

    {"D85", Kind::silent, "detection=mha: 4 failures in a row, over 3 ping intervals",
     [](const Evidence& e) { return !e.by_evidence() && e.facts.failures >= 4 && e.failing_for(3); },
     [](const Evidence& e) {
       return silence_of(e) + ": " + std::to_string(e.facts.failures) +
              " attempts failed in a row (detection=mha).";
     }},

    {"D90", Kind::suspect, "none of the above: not enough evidence yet", [](const Evidence&) { return true; },
     [](const Evidence& e) {
       return silence_of(e) + " (" + std::string(to_string(e.word.silence)) +
              "); not enough evidence yet, asking on.";
     }},
};

bool dead_by_some_rule(const Evidence& e) {
  return std::any_of(std::begin(kRules), std::end(kRules),
                     [&](const Rule& rule) { return is_dead(rule.kind) && rule.holds(e); });
}

}  // namespace

RuleSpan rules() { return {std::begin(kRules), std::end(kRules)}; }

}  // namespace tanist::detect

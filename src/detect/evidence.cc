#include "detect/evidence.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace tanist::detect {

using topology::Member;
using topology::NoAnswer;
using topology::ReceiverState;
using topology::Role;

namespace {

using namespace std::chrono_literals;

// The numbers a receiver gives when it could not reach its source or lost it: client library and network
// errors.
bool is_network_error(int number) {
  return (number >= 2000 && number < 3000) || (number >= 1158 && number <= 1161);
}

bool since(TimePoint at, const Case& facts, Duration age) {
  return facts.silent_since && at >= *facts.silent_since && facts.now - at <= age;
}

bool contains(const std::vector<ServerId>& ids, const ServerId& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool is_replica(const Member& member) {
  return member.role == Role::replica || member.role == Role::failed_replica;
}

void sort_receiver(Evidence& evidence, const Member& replica) {
  const Case& facts = evidence.facts;
  if (contains(facts.disconnected_before, replica.facts.id)) return;
  ReceiverWord word = receiver_word(*replica.replica());
  if (word == ReceiverWord::lost) evidence.lost.push_back(&replica);
  if (word != ReceiverWord::running) return;
  evidence.running.push_back(&replica);
  if (contains(facts.advancing, replica.facts.id)) evidence.advancing.push_back(&replica);
}

void sort_others(Evidence& evidence) {
  const Case& facts = evidence.facts;
  evidence.quiet = facts.now - std::max(facts.silent_since.value_or(facts.now), facts.last_advance.value_or(TimePoint::min()));
  for (const Member& member : facts.snapshot.members) {
    if (&member == evidence.primary) continue;
    bool fresh = since(member.last.at, facts, fact_age(facts.ping_interval));
    if (!fresh) {
      ++evidence.not_asked;
      evidence.unknown_receivers += is_replica(member);
    } else if (member.role == Role::dead) {
      ++evidence.unheard;
    } else {
      evidence.heard.push_back(&member);
      if (is_replica(member)) sort_receiver(evidence, member);
    }
  }
}

void sort_witnesses(Evidence& evidence) {
  const Case& facts = evidence.facts;
  for (const Witness& witness : facts.witnesses) {
    bool greeting = witness.saw == WitnessSaw::greeting;
    if (!since(witness.at, facts, greeting ? kGreetingAge : fact_age(facts.ping_interval))) continue;
    switch (witness.saw) {
      case WitnessSaw::greeting:
        evidence.greeted.push_back(&witness);
        break;
      case WitnessSaw::refused:
        evidence.got_refused.push_back(&witness);
        break;
      case WitnessSaw::no_greeting:
      case WitnessSaw::unreachable:
        evidence.got_nothing.push_back(&witness);
        break;
      case WitnessSaw::no_witness:
        break;
    }
  }
}

void sort_our_line(Evidence& evidence) {
  const Case& facts = evidence.facts;
  evidence.answers = !facts.silent_since || (facts.last_answer && *facts.last_answer > *facts.silent_since);
  evidence.attempts = facts.failures;
  evidence.flapping = facts.recovered_series > 0;
  const TimePoint heard = facts.last_answer.value_or(facts.silent_since.value_or(facts.now));
  evidence.silence = facts.now - std::max(heard, facts.paused_until.value_or(heard));
  evidence.spoke = facts.last_greeting && since(*facts.last_greeting, facts, fact_age(facts.ping_interval));
  if (facts.last_failure) {
    evidence.word = *facts.last_failure;
    if (facts.last_failure->silence == Silence::error_packet) evidence.error_packet = &*facts.last_failure;
  }
  // The probe's own look at the primary is a later attempt on a new connection.
  const Member* primary = evidence.primary;
  if (!primary || !since(primary->last.at, facts, fact_age(facts.ping_interval))) return;
  const NoAnswer* none = primary->last.no_answer();
  if (!none) {
    evidence.spoke = true;
    return;
  }
  ++evidence.attempts;
  evidence.word = *none;
  if (none->silence == Silence::error_packet) evidence.error_packet = none;
}

}  // namespace

Duration fact_age(Duration ping_interval) { return std::max<Duration>(3 * ping_interval, 3s); }

ReceiverWord receiver_word(const topology::ReplicaStatus& status) {
  if (status.receiver == ReceiverState::running) return ReceiverWord::running;
  if (is_network_error(status.receiver_errno)) return ReceiverWord::lost;
  // Connecting without an error yet: it has just lost its source. Stopped without one: somebody stopped it.
  bool just_lost = status.receiver == ReceiverState::connecting && status.receiver_errno == 0;
  return just_lost ? ReceiverWord::lost : ReceiverWord::mute;
}

Evidence::Evidence(const Case& given) : facts(given), primary(given.snapshot.primary_member()) {
  sort_our_line(*this);
  sort_others(*this);
  sort_witnesses(*this);
}

bool Evidence::accepts_and_is_dumb() const {
  bool to_a_witness = std::any_of(got_nothing.begin(), got_nothing.end(), [](const Witness* witness) {
    return witness->saw == WitnessSaw::no_greeting;
  });
  return word.silence == Silence::no_greeting || word.silence == Silence::lost || (no_echo() && to_a_witness);
}

bool Evidence::silent_for(int wanted_attempts, double wanted_intervals) const {
  // A line that has flapped lately must be silent more than twice as long before its silence means something.
  double patience = flapping ? 2.4 : 1.0;
  auto wanted = std::chrono::duration<double>(facts.ping_interval) * (wanted_intervals * patience);
  // A new connection takes four round trips until it is logged in; a ping takes one.
  auto slow = std::chrono::duration<double>(facts.slowest_answer) * (5 * patience);
  return attempts >= wanted_attempts * (flapping ? 3 : 1) && silence >= std::max(wanted, slow);
}

bool Evidence::failing_for(int intervals) const {
  return facts.silent_since && facts.now - *facts.silent_since >= intervals * facts.ping_interval;
}

std::string seconds_text(Duration duration) {
  auto tenths = std::llround(std::chrono::duration<double>(duration).count() * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string Evidence::primary_text() const { return primary ? primary->facts.text() : "the primary"; }

namespace {

std::string receiver_line(const Evidence& evidence, const Member& member) {
  const auto& status = *member.replica();
  std::string at = " at " + status.received.text();
  if (contains(evidence.facts.disconnected_before, member.facts.id))
    return "its receiver had no source before either";
  switch (receiver_word(status)) {
    case ReceiverWord::running:
      return contains(evidence.facts.advancing, member.facts.id)
                 ? "its receiver still hears the primary," + at
                 : "its receiver is connected and has heard no event and no heartbeat for " +
                       seconds_text(evidence.quiet) + "," + at;
    case ReceiverWord::lost:
      return "its receiver lost the primary" + at;
    case ReceiverWord::mute:
      break;
  }
  return status.receiver_errno == 0 ? "its receiver is stopped"
                                    : "its receiver has error " + std::to_string(status.receiver_errno);
}

std::string_view saw_text(WitnessSaw saw) {
  switch (saw) {
    case WitnessSaw::greeting:
      return "was greeted by the primary";
    case WitnessSaw::refused:
      return "was refused by the primary's host";
    case WitnessSaw::no_greeting:
      return "connected to the primary and heard nothing";
    case WitnessSaw::unreachable:
      return "got no echo from the primary";
    case WitnessSaw::no_witness:
      return "could not be asked";
  }
  return "?";
}

std::string_view script_text(ScriptVerdict verdict) {
  switch (verdict) {
    case ScriptVerdict::not_configured:
      return "";
    case ScriptVerdict::down:
      return "the secondary check script says the primary is down";
    case ScriptVerdict::reachable:
      return "the secondary check script reached the primary";
    case ScriptVerdict::witness_unreachable:
      return "the secondary check script could not reach its other hosts";
    case ScriptVerdict::unknown:
      return "the secondary check script failed";
  }
  return "";
}

}  // namespace

std::vector<std::string> Evidence::lines() const {
  std::vector<std::string> lines;
  std::string last(to_string(word.silence));
  if (!word.what.empty()) last += " (" + word.what + ")";
  const Duration ago = facts.last_answer ? facts.now - *facts.last_answer : silence;
  lines.push_back(primary_text() + " last answered " + seconds_text(ago) + " ago; " +
                  std::to_string(attempts) + " failed attempt(s), last: " + last);
  for (const Member* member : heard)
    lines.push_back(
        member->facts.text() + ": " +
        (is_replica(*member) ? receiver_line(*this, *member) : std::string(to_string(member->role))));
  if (unheard > 0) lines.push_back(std::to_string(unheard) + " other server(s) do not answer us either");
  if (not_asked > 0) lines.push_back(std::to_string(not_asked) + " other server(s) were not asked since");
  for (const auto* group : {&greeted, &got_refused, &got_nothing})
    for (const Witness* witness : *group)
      lines.push_back("witness " + witness->id.text + " " + std::string(saw_text(witness->saw)));
  if (facts.ssh_reachable)
    lines.push_back(*facts.ssh_reachable ? "its host answers ssh" : "its host does not answer ssh");
  if (auto script = script_text(facts.script); !script.empty()) lines.emplace_back(script);
  return lines;
}

}  // namespace tanist::detect

// From facts to a judgement: is the primary alive, busy, cut off from us only, or dead? Pure: a numbered rule
// table over a Case; first match wins; every row names the evidence it needs and gives one sentence. design:
// "Detection by evidence". Silence alone is not death.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/snapshot.h"

namespace tanist::detect {

using topology::Silence;

// What a witness (another host, over ssh) got when it tried to read the primary's greeting itself.
enum class WitnessSaw {
  greeting,     // the primary spoke to it
  refused,      // its port is closed
  no_greeting,  // connected, nothing said
  unreachable,  // timeout or no route
  no_witness,   // the witness itself could not be asked
};

struct Witness {
  ServerId id;
  WitnessSaw saw = WitnessSaw::no_witness;
  TimePoint at;
};

enum class ScriptVerdict {
  not_configured,
  down,
  reachable,
  witness_unreachable,
  unknown
};  // exit 0, 3, 2, other

enum class Method { evidence, mha };  // policy key `detection`

// Everything the rules may look at. Filled by the manager; ages are judged against `now` (R8).
struct Case {
  TimePoint now;
  Duration ping_interval{};
  Method method = Method::evidence;

  // Our own line to the primary.
  std::optional<TimePoint> last_answer;  // last good ping
  std::optional<TimePoint>
      silent_since;  // first failure of the running series; nothing if the last ping was good
  int failures = 0;  // failed pings and connects in this series
  std::optional<topology::NoAnswer> last_failure;
  std::optional<TimePoint>
      last_greeting;          // last time any connection of ours was greeted, even if login then failed
  Duration slowest_answer{};  // of the recent good pings: a slow line needs a longer silence
  int recovered_series = 0;   // series that ended with an answer in the last ten minutes: a flapping
                              // line needs more failures
  Duration longest_gap{};     // longest time in which we asked nothing and had no reason not to: were we paused?
  std::optional<TimePoint> paused_until;  // we were, and this series began behind it: silence before counts for nothing

  // The replicas' line: receiver states from the snapshot (observations not older than silent_since count),
  // and whose receiver heard something (topology::moved_on) between the last two looks, both taken since
  // silent_since: right after a crash a receiver still reads what its socket holds. The primary's own
  // observation counts as one more attempt of ours.
  topology::Snapshot snapshot;
  std::vector<ServerId> advancing;
  std::optional<TimePoint> last_advance;  // when such movement was last seen in this series
  // Replicas whose receiver had no source while the primary still answered us: their loss says nothing.
  std::vector<ServerId> disconnected_before;

  std::vector<Witness> witnesses;
  std::optional<bool> ssh_reachable;  // the primary's host answers ssh
  ScriptVerdict script = ScriptVerdict::not_configured;
};

enum class Kind {
  alive,
  busy,  // answers with an error packet that a busy or misconfigured primary gives: never a failover
  unreachable_from_us,  // others hear it: never a failover
  our_network,          // primary and all replicas silent: the fault is ours: never a failover
  suspect,              // not enough evidence yet: ask on
  crashed,
  hung,
  silent,
  given_up,  // it answers, and policy names what is wrong with it (grey.h)
  vetoed,  // dead by evidence, but the secondary check script does not agree
};
std::string_view to_string(Kind kind);
bool is_dead(Kind kind);

struct Finding {
  std::string rule;  // "D50": stable, never reused
  Kind kind = Kind::alive;
  std::string sentence;               // what was seen and what it means, for a tired person
  std::vector<std::string> evidence;  // one line each

  bool primary_is_dead() const { return is_dead(kind); }
};

Finding judge(const Case& facts);
inline constexpr std::string_view kPausedRule = "D35";  // this manager slept: whoever keeps a series begins it again

// How old a fact may be (R8): a look at a replica or through a witness; and a witness's greeting, which may
// be kept longer, because a server blocks hosts that greet and hang up too often (max_connect_errors).
Duration fact_age(Duration ping_interval);
// A living source is heard by an idle receiver at least this often (SOURCE_HEARTBEAT_PERIOD's default is half of
// replica_net_timeout's 60 s); so long must connected receivers be quiet where nobody else can be asked.
inline constexpr Duration kHeartbeat = std::chrono::seconds(30);
inline constexpr Duration kGreetingAge = std::chrono::seconds(35);

// The rules as rows for documentation and for the test that proves each row reachable.
struct RuleRow {
  std::string_view id;
  Kind kind;
  std::string_view when;
};
std::vector<RuleRow> rule_table();

// MySQL error numbers of a connect that mean "alive" (reference mha-manager.md 5.4).
bool means_alive(int mysql_error);

}  // namespace tanist::detect

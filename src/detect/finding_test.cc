#include "detect/finding.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "testlib/topo.h"

namespace tanist::detect {
namespace {

using namespace std::chrono_literals;
using testlib::kNow;
using testlib::topo;
using topology::NoAnswer;

// A primary that last answered 3 s ago, was missed once 1 s ago, and was looked at again just now, like
// everybody.
Case missed(const char* topology) {
  Case facts;
  facts.now = kNow;
  facts.ping_interval = 1s;
  facts.last_answer = kNow - 3s;
  facts.silent_since = kNow - 1s;
  facts.failures = 1;
  facts.last_failure = NoAnswer{Silence::timeout, 0, "no answer to SELECT 1"};
  facts.snapshot = topo(topology);
  return facts;
}

void witness(Case& facts, const char* id, WitnessSaw saw, Duration age = 0s) {
  facts.witnesses.push_back(Witness{ServerId(id), saw, kNow - age});
}

struct Situation {
  const char* story;
  const char* topology;
  const char* rule;
  std::function<void(Case&)> also = [](Case&) {};
};

const std::vector<Situation>& situations() {
  static const std::vector<Situation> all = {
      {"the ping is answered", "db1 -> db2", "D10", [](Case& c) { c.silent_since.reset(); }},
      {"an answer ends the series", "db1 -> db2", "D10", [](Case& c) { c.last_answer = kNow; }},
      {"too many connections", "db1(busy) -> db2(connecting)", "D20"},
      {"it is shutting down and says so", "db1(dead) -> db2", "D20",
       [](Case& c) {
         c.last_failure = NoAnswer{Silence::error_packet, 1053, "Server shutdown in progress"};
       }},
      {"somebody changed our password", "db1(denied) -> db2(connecting)", "D25"},
      {"we are blocked by max_connect_errors", "db1(dead) -> db2", "D25",
       [](Case& c) {
         c.last_failure = NoAnswer{Silence::error_packet, 1129, "Host is blocked"};
       }},
      {"the held connection was killed, a new one works", "db1 -> db2", "D28"},
      {"it greets us but the login takes too long", "db1(dead) -> db2(connecting)", "D28",
       [](Case& c) {
         c.last_greeting = kNow - 500ms;
         witness(c, "db2", WitnessSaw::unreachable);
       }},
      {"our switch port is down, a witness hears it", "db1(no_route) -> db2", "D30",
       [](Case& c) { witness(c, "db2", WitnessSaw::greeting, 500ms); }},
      {"a firewall refuses us, a witness hears it", "db1(refused) -> db2(receiver_stopped)", "D30",
       [](Case& c) { witness(c, "db2", WitnessSaw::greeting, 500ms); }},
      {"one witness hears it, three do not", "db1(dead) -> db2, db3, db4", "D30",
       [](Case& c) {
         for (const char* id : {"db2", "db3"}) witness(c, id, WitnessSaw::unreachable);
         witness(c, "db4", WitnessSaw::greeting);
       }},
      {"cut off from us only: a replica still receives", "db1(dead) -> db2(running), db3(connecting)", "D32",
       [](Case& c) {
         c.advancing = {ServerId("db2")};
         c.failures = 20;
         witness(c, "db3", WitnessSaw::no_greeting);
       }},
      {"the manager itself was frozen for a minute", "db1(dead) -> db2", "D35",
       [](Case& c) {
         c.longest_gap = 60s;
         witness(c, "db2", WitnessSaw::unreachable);
       }},
      {"it hung while the manager was frozen, and two attempts failed since", "db1(hung) -> db2, db3", "D90",
       [](Case& c) {
         c.last_answer = kNow - 60s;
         c.paused_until = kNow - 2s;
         c.failures = 2;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"it hangs on, long enough after the manager was frozen", "db1(hung) -> db2, db3", "D60",
       [](Case& c) {
         c.last_answer = kNow - 60s;
         c.paused_until = kNow - 3s;
         c.failures = 2;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"our own cable was pulled", "db1(dead) -> db2(dead), db3(no_route)", "D40",
       [](Case& c) { c.failures = 50; }},
      {"the script does not agree", "db1(refused) -> db2, db3", "D45",
       [](Case& c) { c.script = ScriptVerdict::reachable; }},
      {"the script's hosts are away", "db1(refused) -> db2, db3", "D45",
       [](Case& c) { c.script = ScriptVerdict::witness_unreachable; }},
      {"the script is broken", "db1(refused) -> db2, db3", "D45",
       [](Case& c) { c.script = ScriptVerdict::unknown; }},
      {"SIGKILL: at once", "db1(refused) -> db2, db3", "D50",
       [](Case& c) {
         c.last_answer = kNow - 5ms;
         c.silent_since = kNow - 1ms;
       }},
      {"SIGKILL, the script agrees", "db1(refused) -> db2, db3", "D50",
       [](Case& c) { c.script = ScriptVerdict::down; }},
      {"SIGKILL, one replica was stopped by hand", "db1(refused) -> db2, db3(receiver_stopped)", "D50"},
      {"SIGKILL, one replica is dead too", "db1(refused) -> db2, db3(dead)", "D50"},
      {"SIGKILL, one replica has not been looked at again", "db1(refused) -> db2, db3(age:2)", "D90"},
      {"SIGKILL, a replica's link to the primary was broken for a day", "db1(refused) -> db2", "D90",
       [](Case& c) { c.disconnected_before = {ServerId("db2")}; }},
      {"refused, but the replica's last error is the primary's own no",
       "db1(refused) -> db2(receiver_errno:1236)", "D90"},
      {"refused to us and to a witness, a receiver hangs on", "db1(refused) -> db2, db3(running)", "D52",
       [](Case& c) { witness(c, "db2", WitnessSaw::refused); }},
      {"SIGSTOP, 3 s after", "db1(hung) -> db2, db3", "D60",
       [](Case& c) { witness(c, "db2", WitnessSaw::no_greeting); }},
      {"SIGSTOP, our held connection only times out", "db1(dead) -> db2, db3", "D60",
       [](Case& c) {
         c.ssh_reachable = true;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"SIGSTOP, too early", "db1(hung) -> db2, db3", "D90",
       [](Case& c) {
         c.last_answer = kNow - 2s;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"SIGSTOP behind a slow line: longer", "db1(hung) -> db2, db3", "D90",
       [](Case& c) {
         c.slowest_answer = 700ms;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"SIGSTOP on a line that flapped before: longer", "db1(hung) -> db2, db3", "D90",
       [](Case& c) {
         c.recovered_series = 1;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"SIGSTOP on a line that flapped before, long enough", "db1(hung) -> db2, db3", "D60",
       [](Case& c) {
         c.recovered_series = 1;
         c.failures = 6;
         c.last_answer = kNow - 6s;
         witness(c, "db2", WitnessSaw::no_greeting);
       }},
      {"it hangs up on everybody", "db1(lost) -> db2(connecting)", "D60"},
      {"SIGSTOP, the accept queue is full: its host is there", "db1(dead) -> db2, db3", "D62",
       [](Case& c) {
         c.failures = 4;
         c.last_answer = kNow - 5s;
         c.ssh_reachable = true;
         witness(c, "db2", WitnessSaw::unreachable);
       }},
      {"packets are lost, ssh gets through: no hurry", "db1(dead) -> db2, db3", "D90",
       [](Case& c) {
         c.ssh_reachable = true;
         witness(c, "db2", WitnessSaw::unreachable);
       }},
      {"power off, 3 s after", "db1(no_route) -> db2, db3", "D70",
       [](Case& c) {
         c.ssh_reachable = false;
         witness(c, "db2", WitnessSaw::unreachable);
         witness(c, "db3", WitnessSaw::unreachable);
       }},
      {"power off, no ssh to the replicas, their receivers noticed", "db1(dead) -> db2(connecting)", "D70"},
      {"power off, nobody can be asked: fourth failure", "db1(hung) -> db2, db3", "D75",
       [](Case& c) {
         c.failures = 4;
         c.last_answer = c.silent_since = kNow - 30s;
         witness(c, "db2", WitnessSaw::no_witness);
       }},
      {"nobody can be asked, a receiver is connected: not within a heartbeat", "db1(hung) -> db2(running), db3", "D90",
       [](Case& c) {
         c.failures = 9;
         c.last_answer = c.silent_since = kNow - 29s;
       }},
      {"nobody can be asked, a receiver moved lately", "db1(hung) -> db2(running), db3", "D90",
       [](Case& c) {
         c.failures = 30;
         c.last_answer = c.silent_since = kNow - 60s;
         c.last_advance = kNow - 20s;
       }},
      {"nobody can be asked, and a connected receiver missed its heartbeat", "db1(hung) -> db2(running), db3", "D75",
       [](Case& c) {
         c.failures = 30;
         c.last_answer = c.silent_since = kNow - 60s;
         c.last_advance = kNow - 31s;
       }},
      {"power off, nobody can be asked: third failure", "db1(hung) -> db2, db3", "D90",
       [](Case& c) {
         c.failures = 3;
         witness(c, "db2", WitnessSaw::no_witness);
       }},
      {"refused, and a receiver has its connection: a filter?", "db1(refused) -> db2, db3(running)", "D90",
       [](Case& c) { c.failures = 9; }},
      {"detection=mha: fourth failure", "db1(dead) -> db2, db3", "D85",
       [](Case& c) {
         c.method = Method::mha;
         c.failures = 4;
         c.silent_since = kNow - 3s;
       }},
      {"detection=mha: many failures, but MHA would have asked twice", "db1(refused) -> db2, db3", "D90",
       [](Case& c) {
         c.method = Method::mha;
         c.failures = 15;
         c.silent_since = kNow - 2900ms;
       }},
      {"detection=mha: the script objects", "db1(dead) -> db2, db3", "D45",
       [](Case& c) {
         c.method = Method::mha;
         c.failures = 4;
         c.silent_since = kNow - 3s;
         c.script = ScriptVerdict::reachable;
       }},
      {"detection=mha: third failure", "db1(refused) -> db2, db3", "D90",
       [](Case& c) {
         c.method = Method::mha;
         c.failures = 3;
       }},
      {"detection=mha: busy is alive all the same", "db1(busy) -> db2", "D20",
       [](Case& c) {
         c.method = Method::mha;
         c.failures = 9;
       }},
      {"what a witness saw before the silence does not count", "db1(no_route) -> db2", "D70",
       [](Case& c) {
         witness(c, "db2", WitnessSaw::unreachable);
         witness(c, "db3", WitnessSaw::greeting, 2s);
       }},
      {"an old look of a witness does not count against it", "db1(no_route) -> db2(receiver_stopped)", "D90",
       [](Case& c) {
         c.silent_since = kNow - 20s;
         c.last_answer = kNow - 20s;
         witness(c, "db2", WitnessSaw::unreachable, 10s);
       }},
      {"a greeting is kept longer than other looks", "db1(no_route) -> db2", "D30",
       [](Case& c) {
         c.silent_since = c.last_answer = kNow - 60s;
         witness(c, "db2", WitnessSaw::greeting, 30s);
       }},
  };
  return all;
}

TEST(Judge, knows_the_situations) {
  for (const Situation& situation : situations()) {
    Case facts = missed(situation.topology);
    situation.also(facts);
    Finding finding = judge(facts);
    EXPECT_EQ(finding.rule, situation.rule)
        << situation.story << ": " << finding.sentence << "\n  " << testing::PrintToString(finding.evidence);
  }
}

TEST(Judge, every_rule_is_reached_by_a_situation) {
  std::set<std::string> reached;
  for (const Situation& situation : situations()) {
    Case facts = missed(situation.topology);
    situation.also(facts);
    reached.insert(judge(facts).rule);
  }
  for (const RuleRow& row : rule_table()) EXPECT_TRUE(reached.count(std::string(row.id))) << row.id;
}

TEST(Judge, rule_ids_are_unique_and_ascend) {
  auto rows = rule_table();
  for (size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].id, rows[i].id);
}

TEST(Judge, says_what_it_saw) {
  Case facts = missed("db1(refused) -> db2(received:90), db3(receiver_stopped), db4(dead)");
  facts.ssh_reachable = true;
  witness(facts, "db2", WitnessSaw::refused);
  Finding finding = judge(facts);
  EXPECT_EQ(finding.sentence,
            "db1(10.0.0.1:3306) is down: its host refuses the port, and the receiver of db2 lost it.");
  EXPECT_THAT(finding.evidence,
              testing::ElementsAre(
                  "db1(10.0.0.1:3306) last answered 3.0 s ago; 2 failed attempt(s), last: connection refused "
                  "(connection refused)",
                  "db2(10.0.0.2:3306): its receiver lost the primary at mysql-bin.000001:90",
                  "db3(10.0.0.3:3306): its receiver is stopped", "1 other server(s) do not answer us either",
                  "witness db2 was refused by the primary's host", "its host answers ssh"));
}

TEST(MeansAlive, is_the_list_of_the_reference) {
  EXPECT_TRUE(means_alive(1040));
  EXPECT_TRUE(means_alive(1275));
  EXPECT_FALSE(means_alive(2003));
}

}  // namespace
}  // namespace tanist::detect

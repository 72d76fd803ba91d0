// What no combination of facts may lead to.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "detect/finding.h"
#include "testlib/topo.h"

namespace tanist::detect {
namespace {

using namespace std::chrono_literals;
using testlib::kNow;
using topology::NoAnswer;
using topology::ReceiverState;

template <class T>
T one_of(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}

Duration up_to(int64_t milliseconds) {
  return std::chrono::milliseconds(*rc::gen::inRange<int64_t>(0, milliseconds + 1));
}

NoAnswer any_silence() {
  auto silence = one_of({Silence::error_packet, Silence::lost, Silence::refused, Silence::no_greeting,
                         Silence::timeout, Silence::no_route});
  return NoAnswer{silence, silence == Silence::error_packet ? one_of({1040, 1045, 1129, 1053, 1927}) : 2003,
                  "x"};
}

void shake_replica(testlib::TopoCluster& servers, const char* id) {
  auto& seen = servers.seen(id);
  seen.at = kNow - up_to(8000);
  if (*rc::gen::inRange(0, 4) == 0) {
    seen.seen = any_silence();
    return;
  }
  auto& status = servers.state(id).channels[0];
  status.receiver = one_of({ReceiverState::stopped, ReceiverState::connecting, ReceiverState::running});
  status.receiver_errno = one_of({0, 0, 2003, 1236});
}

// Everything points at death: each claim is tried against these too.
void doom(Case& facts) {
  auto word = one_of({Silence::refused, Silence::no_greeting, Silence::timeout, Silence::no_route});
  facts.last_answer = kNow - 9s;
  facts.silent_since = kNow - 8s;
  facts.failures = 5;
  facts.ping_interval = 1s;
  facts.last_failure = NoAnswer{word, 2003, "x"};
  facts.snapshot = testlib::topo("db1(refused) -> db2, db3");
  facts.snapshot.members[0].last.seen = *facts.last_failure;
  facts.advancing.clear();
  facts.witnesses = {Witness{ServerId("db2"), WitnessSaw::unreachable, kNow}};
  facts.script = ScriptVerdict::not_configured;
}

Case any_case() {
  auto servers = testlib::cluster("db1(dead) -> db2, db3");
  for (const char* id : {"db2", "db3"}) shake_replica(servers, id);
  if (*rc::gen::inRange(0, 5) > 0) {
    servers.seen("db1").seen = any_silence();
  } else {
    servers.seen("db1").seen = topology::ServerState{};
  }
  servers.seen("db1").at = kNow - up_to(8000);
  Case facts;
  facts.now = kNow;
  facts.ping_interval = one_of<Duration>({1s, 3s});
  facts.last_answer = kNow - up_to(20000) - 1ms;
  facts.silent_since =
      *facts.last_answer + std::chrono::duration_cast<Duration>((kNow - *facts.last_answer) / 2);
  facts.failures = *rc::gen::inRange(1, 12);
  facts.last_failure = any_silence();
  facts.recovered_series = one_of({0, 0, 2});
  facts.snapshot = servers.snapshot();
  for (const char* id : {"db2", "db3"}) {
    if (*rc::gen::inRange(0, 3) == 0) facts.advancing.push_back(ServerId(id));
    auto saw = one_of({WitnessSaw::greeting, WitnessSaw::refused, WitnessSaw::no_greeting,
                       WitnessSaw::unreachable, WitnessSaw::no_witness});
    facts.witnesses.push_back(Witness{ServerId(id), saw, kNow - up_to(8000)});
  }
  if (*rc::gen::inRange(0, 2) == 0) facts.ssh_reachable = *rc::gen::arbitrary<bool>();
  facts.script = one_of({ScriptVerdict::not_configured, ScriptVerdict::not_configured, ScriptVerdict::down,
                         ScriptVerdict::reachable, ScriptVerdict::unknown});
  if (*rc::gen::inRange(0, 2) == 0) doom(facts);
  return facts;
}

void never_dead(const Case& facts) {
  Finding finding = judge(facts);
  RC_LOG() << finding.rule << ": " << finding.sentence;
  RC_ASSERT(!finding.primary_is_dead());
}

void check(const char* claim, std::function<void()> property) {
  EXPECT_TRUE(rc::check(claim, std::move(property)));
}

TEST(JudgeProperty, a_witness_that_was_greeted_keeps_it_alive) {
  check("greeting", [] {
    Case facts = any_case();
    facts.witnesses[0] =
        Witness{ServerId("db2"), WitnessSaw::greeting, std::max(*facts.silent_since, kNow - up_to(3000))};
    never_dead(facts);
  });
}

TEST(JudgeProperty, a_replica_that_still_receives_keeps_it_alive) {
  check("advance", [] {
    Case facts = any_case();
    facts.advancing = {ServerId("db3")};
    for (auto& member : facts.snapshot.members) {
      if (member.facts.id.text != "db3") continue;
      member = testlib::topo("db1 -> db3").members[1];
      member.last.at = std::max(*facts.silent_since, kNow - up_to(3000));
    }
    never_dead(facts);
  });
}

TEST(JudgeProperty, an_error_packet_is_an_answer) {
  check("error packet", [] {
    Case facts = any_case();
    facts.last_failure = NoAnswer{Silence::error_packet, one_of({1040, 1045, 1129, 1203, 1053}), "x"};
    facts.method = one_of({Method::evidence, Method::mha});
    never_dead(facts);
  });
}

TEST(JudgeProperty, an_answer_ends_every_series) {
  check("answered", [] {
    Case facts = any_case();
    facts.last_answer = kNow;
    facts.method = one_of({Method::evidence, Method::mha});
    RC_ASSERT(judge(facts).rule == "D10");
  });
}

TEST(JudgeProperty, a_script_that_does_not_say_down_is_a_veto) {
  check("veto", [] {
    Case facts = any_case();
    facts.method = one_of({Method::evidence, Method::mha});
    facts.script =
        one_of({ScriptVerdict::reachable, ScriptVerdict::witness_unreachable, ScriptVerdict::unknown});
    never_dead(facts);
  });
}

TEST(JudgeProperty, our_silence_alone_is_not_death) {
  check("alone", [] {
    Case facts = any_case();
    facts.witnesses.clear();
    facts.failures = *rc::gen::inRange(1, 4);
    for (auto& member : facts.snapshot.members)
      if (member.replica())
        std::get<topology::ServerState>(member.last.seen).channels[0].receiver = ReceiverState::running;
    never_dead(facts);
  });
}

TEST(JudgeProperty, nothing_is_decided_on_old_facts) {
  check("old", [] {
    Case facts = any_case();
    for (auto& member : facts.snapshot.members) member.last.at = *facts.silent_since - 1ms;
    for (auto& witness : facts.witnesses) witness.at = *facts.silent_since - 1ms;
    never_dead(facts);
  });
}

// Death must be found as well: the claims above would hold for a judge that never decides.
TEST(JudgeProperty, many_cases_are_judged_dead) {
  int dead = 0;
  check("some die", [&dead] { dead += judge(any_case()).primary_is_dead(); });
  EXPECT_GT(dead, 20);
}

}  // namespace
}  // namespace tanist::detect

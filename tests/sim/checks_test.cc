// Checkers that never fired prove nothing: each is shown a history with the fault that it is there to find,
// and the same history without it.
#include <gtest/gtest.h>

#include "cluster.h"
#include "recovery.h"
#include "story.h"

namespace tanist::sim {
namespace {

using namespace std::chrono_literals;

Scenario story_of(Fault fault) {
  Scenario scenario = plain_scenario(4);
  scenario.fault = fault;
  scenario.strike = 9s;
  scenario.replicas[2].receiver_stopped_before = 300ms;
  return scenario;
}

// Only the dead primary has the last transactions.
Scenario story_of_a_tail() {
  Scenario scenario = story_of(Fault::kill);
  for (auto& replica : scenario.replicas) replica.receiver_stopped_before = 300ms;
  return scenario;
}

// Nobody gets the address: the failover is undone.
Scenario undone_story() {
  Scenario scenario = story_of(Fault::kill);
  scenario.hooks["ip start"] = HookWay::exit1;
  return scenario;
}

Server& new_primary(Evidence evidence) {
  for (const auto& server : evidence.world.servers) {
    if (server->number() != 1 && !server->read_only) return *server;
  }
  throw std::logic_error("nobody was promoted");
}

const std::string kPlan = "a plan";

struct Row {
  const char* name;
  const char* rule;  // the violation that it must cause
  Scenario scenario;
  void (*at_strike)(Evidence);
  void (*at_end)(Evidence);
};

std::vector<Row> rows() {
  return {
      {"two servers take writes from clients", "R1: clients can write to", story_of(Fault::kill), nullptr,
       [](Evidence e) {
         e.world.servers[2]->read_only = false;
         e.world.address_on.insert(e.world.servers[2]->host());
         e.world.check_writers();
       }},
      {"two replicas are writable", "R1: two replicas were made writable", story_of(Fault::kill), nullptr,
       [](Evidence e) { e.world.servers[3]->read_only = false; }},
      {"a recovered replica lacks what the new primary has", "R2", story_of(Fault::kill), nullptr,
       [](Evidence e) { e.world.servers[2]->data.erase(*e.world.servers[2]->data.begin()); }},
      {"a replica dropped what it had received", "R2", story_of(Fault::kill), nullptr,
       [](Evidence e) {
         e.world.servers[2]->channel->discarded.insert({1, 100000});
       }},
      {"a replica stays elsewhere after an undo", "R4", undone_story(), nullptr,
       [](Evidence e) { e.world.servers[2]->channel->settings.host = "10.0.0.2"; }},
      {"a replica keeps the stand-in's account after an undo", "R4", undone_story(), nullptr,
       [](Evidence e) { e.world.servers[2]->channel->settings.user = "tanist_1"; }},
      {"a receiver is left stopped after an undo", "R4", undone_story(), nullptr,
       [](Evidence e) { e.world.servers[1]->channel->stop_receiver(); }},
      {"a receiver that a person stopped runs after an undo", "R4", undone_story(), nullptr,
       [](Evidence e) { e.world.servers[3]->channel->start_receiver(); }},
      {"an applier is left stopped after an undo", "R4", undone_story(), nullptr,
       [](Evidence e) { e.world.servers[1]->channel->stop_applier(); }},
      {"an act outside of every step", "R5", story_of(Fault::kill), nullptr,
       [](Evidence e) { e.world.act("server2: STOP SLAVE", true); }},
      {"a second recovery while one runs", "R7", story_of(Fault::kill), nullptr,
       [](Evidence e) {
         auto journal = e.ledger.open();
         auto first = journal->begin("app1", "failover", kPlan, e.world.clock.wall_now());
         auto second = journal->begin("app1", "failover", kPlan, e.world.clock.wall_now());
         static_cast<void>(second);
         static_cast<void>(
             journal->finish(*first, store::RecoveryOutcome::succeeded, "", e.world.clock.wall_now()));
       }},
      {"a failover although the primary lives", "CAUSE: a failover was begun", story_of(Fault::slow),
       [](Evidence e) { e.world.servers[0]->kill(false); }, nullptr},
      {"an act although no recovery began", "CAUSE: no recovery began", story_of(Fault::slow), nullptr,
       [](Evidence e) { e.world.act("hook ip stop", false); }},
      {"the stand-in keeps the last transactions back", "LOSS", story_of_a_tail(),
       [](Evidence e) { e.nodes.kept_back = 2; }, nullptr},
      {"the new primary lacks what a replica had received", "LOSS", story_of(Fault::power_off), nullptr,
       [](Evidence e) { new_primary(e).data.erase(*e.world.servers[2]->channel->ever_received.begin()); }},
      {"a recovery is left open in the journal", "END", story_of(Fault::kill), nullptr,
       [](Evidence e) {
         static_cast<void>(e.ledger.open()->begin("app1", "failover", kPlan, e.world.clock.wall_now()));
       }},
      {"the exit code is not what the journal says", "EXIT", story_of(Fault::kill), nullptr,
       [](Evidence e) { e.exit_code = 10; }},
      {"the report names somebody else", "EXIT", story_of(Fault::kill), nullptr,
       [](Evidence e) { e.reported.new_primary = "db4"; }},
      {"a plain fault ends without a failover", "LIVE", story_of(Fault::kill),
       [](Evidence e) {
         for (const auto& server : e.world.servers) server->channel->crash();
         e.world.cut_from_all(kManager);
       },
       nullptr},
  };
}

std::string all_of(const std::vector<std::string>& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

TEST(Checks, fire_when_a_history_is_bad) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name);
    Story story(row.scenario, false);
    story.falsify_at_strike = row.at_strike;
    story.falsify_at_end = row.at_end;
    const std::string violations = all_of(story.run());
    EXPECT_NE(violations.find(row.rule), std::string::npos) << violations << story.outcome();
  }
}

TEST(Checks, are_silent_when_the_same_history_is_good) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name);
    Story story(row.scenario, false);
    EXPECT_EQ(all_of(story.run()), "") << story.outcome();
  }
}

}  // namespace
}  // namespace tanist::sim

// What holds of every plan, whatever the topology.
#include <rapidcheck.h>

#include <map>
#include <set>

#include "plan/plan_cases.h"
#include "plan/ranking.h"

namespace tanist::plan {
namespace {

template <class T>
T one_of(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}

bool chance(int in) { return *rc::gen::inRange(0, in) == 0; }

std::string word(const char* word, int in) { return chance(in) ? std::string(" ") + word : ""; }

std::string any_replica() {
  uint64_t received = *rc::gen::inRange<uint64_t>(60, 101);
  uint64_t executed = chance(2) ? received : *rc::gen::inRange<uint64_t>(4, received + 1);
  std::string text = "received:" + std::to_string(received) + " executed:" + std::to_string(executed);
  text += word("candidate", 4) + word("no_master", 5) + word("delay:60", 5) + word("ignore_fail", 3) +
          word("no_log_bin", 8) + word("applier_stopped", 6) + word("receiver_stopped", 6) +
          word("no_log_updates", 6) + word("applier_error:1062", 15) + word("dead", 15) + word("denied", 20) +
          word("no_latest_priority", 6) + word("no_delay_check", 6) + word("recovers_relay_logs", 6) +
          word("skip_reset", 6);
  return text;
}

struct Given {
  std::string topology;
  Snapshot snapshot;
  Policy policy = replace_db1();
  DeadHost host;
  std::vector<RelayReach> reach;
};

Given any_given() {
  Given given;
  given.topology = std::string(one_of({"", "", "[gtid] ", "[mariadb] ", "[mariadb gtid] "})) +
                   (chance(2) ? "db1(dead) -> " : "db1(refused) -> ");
  int replicas = *rc::gen::inRange(1, 6);
  for (int i = 0; i < replicas; ++i)
    given.topology += (i ? ", db" : "db") + std::to_string(i + 2) + "(" + any_replica() + ")";
  given.snapshot = testlib::topo(given.topology);

  given.policy.skip_save_master_binlog = chance(5);
  given.policy.skip_change_master = chance(6);
  given.policy.skip_disable_read_only = chance(6);
  given.policy.standin = !chance(5);
  given.policy.fence_over_ssh = !chance(5);
  given.policy.has_start_script = chance(2);
  given.policy.has_ip_script = chance(2);
  given.policy.has_shutdown_script = chance(2);
  given.policy.refuse_unproven_fence = chance(4);

  if (!chance(4)) given.host.ssh_reachable = chance(2);
  given.host.fence_done = chance(2);
  given.host.fence_proven = given.host.server_gone = given.host.fence_done && chance(2);
  if (given.host.fence_proven && given.host.ssh_reachable == true && !chance(4))
    given.host.log_end = LogCoordinates{"mysql-bin.000001", *rc::gen::inRange<uint64_t>(90, 130)};
  if (chance(4)) given.host.copies = {copy_on("binlog1", "4", std::to_string(*rc::gen::inRange(60, 130)))};
  for (const Member* member : managed(given.snapshot)) {
    if (chance(3)) continue;
    RelayReach one = reach(member->facts.id.text.c_str(), std::to_string(*rc::gen::inRange(4, 90)),
                           member->replica()->received.text().substr(17));
    if (chance(4)) one.problem = "no ssh";
    given.reach.push_back(one);
  }
  return given;
}

void for_every_plan(const char* claim, const std::function<void(const Given&, const Plan&)>& holds) {
  int plans = 0;
  bool ok = rc::check(claim, [&] {
    Given given = any_given();
    Decision decision = plan_failover(given.snapshot, given.policy, given.host, given.reach);
    RC_LOG() << given.topology << "\n";
    if (auto* refusal = std::get_if<Refusal>(&decision)) {
      RC_ASSERT(!refusal->rule.empty() && !refusal->what.empty());
      return;
    }
    ++plans;
    RC_LOG() << text(std::get<Plan>(decision), given.snapshot);
    holds(given, std::get<Plan>(decision));
  });
  EXPECT_TRUE(ok);
  EXPECT_GT(plans, 10) << "too few plans to say anything";
}

// R2. An applier that is started runs on; waiting until it has applied, or keeping the relay logs, secures
// events. So does fetching again from the executed position by a drain, which the executor makes only when
// the applier is done.
TEST(PlanProperty, no_received_event_is_dropped_before_it_is_secured) {
  for_every_plan("secured", [](const Given& given, const Plan& plan) {
    std::set<ServerId> unsafe;
    for (const Member* member : managed(given.snapshot))
      if (holds_events(*member)) unsafe.insert(member->facts.id);
    for (const Step& step : plan.steps) {
      if (step.kind == StepKind::drain) unsafe.insert(step.target);  // it now holds more than it has applied
      if (step.kind == StepKind::wait_applied) unsafe.erase(step.target);
      if (step.kind == StepKind::repoint) RC_ASSERT(!unsafe.count(step.target) || step.keep_relay_logs);
      if (step.kind == StepKind::reset_replica) RC_ASSERT(!unsafe.count(step.target));
      if (step.kind == StepKind::enable_writes) RC_ASSERT(!unsafe.count(step.target));
    }
  });
}

TEST(PlanProperty, mariadb_gtid_replicas_are_not_started_without_keeping_their_relay_logs) {
  for_every_plan("started", [](const Given& given, const Plan& plan) {
    for (const Step& step : plan.steps) {
      if (step.kind != StepKind::start_appliers) continue;
      const Member& member = *given.snapshot.find(step.target);
      bool purges = member.state()->version.is_mariadb() &&
                    member.replica()->positioning != topology::Positioning::file_position &&
                    member.replica()->receiver == topology::ReceiverState::stopped;
      RC_ASSERT(!purges || !holds_events(member) || step.keep_relay_logs);
    }
  });
}

TEST(PlanProperty, the_new_primary_is_one_that_may_be) {
  for_every_plan("candidate", [](const Given& given, const Plan& plan) {
    const Member& chosen = *given.snapshot.find(plan.new_primary);
    RC_ASSERT(chosen.role == Role::replica);
    RC_ASSERT(!chosen.facts.no_master && chosen.state()->log_bin && !is_delayed(chosen));
    for (const ServerId& left : plan.left_behind) RC_ASSERT(left != plan.new_primary);
    int marked = 0;
    for (const auto& verdict : plan.candidates) {
      RC_ASSERT(!verdict.rule.empty() && !verdict.reason.empty());
      RC_ASSERT(verdict.chosen == (verdict.server == plan.new_primary));
      marked += verdict.chosen;
    }
    RC_ASSERT(marked == 1);
  });
}

TEST(PlanProperty, every_live_replica_is_in_a_step_or_left_behind_with_a_reason) {
  for_every_plan("nobody is forgotten", [](const Given& given, const Plan& plan) {
    std::set<ServerId> handled;
    for (const Step& step : plan.steps) handled.insert(step.target);
    std::string warnings;
    for (const std::string& warning : plan.warnings) warnings += warning + "\n";
    for (const Member& member : given.snapshot.members) {
      if (member.facts.id == plan.old_primary) continue;
      bool left = std::count(plan.left_behind.begin(), plan.left_behind.end(), member.facts.id) == 1;
      if (member.role != Role::replica || left) {
        RC_ASSERT(warnings.find(member.facts.text()) != std::string::npos);
      } else if (!given.policy.skip_change_master) {
        RC_ASSERT(handled.count(member.facts.id) == 1);
      }
      if (left) RC_ASSERT(handled.count(member.facts.id) == 0);
    }
  });
}

TEST(PlanProperty, steps_are_numbered_and_the_phases_follow_each_other) {
  for_every_plan("order", [](const Given& given, const Plan& plan) {
    std::map<StepKind, int> first_of;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      const Step& step = plan.steps[i];
      RC_ASSERT(step.number == static_cast<int>(i) + 1);
      if (i > 0) RC_ASSERT(plan.steps[i - 1].phase <= step.phase);  // RC_ASSERT evaluates both sides of ||
      RC_ASSERT(!step.irreversible || step.phase == Phase::activate);
      RC_ASSERT(!given.host.fence_done || step.phase != Phase::fence);
      first_of.emplace(step.kind, step.number);
    }
    RC_ASSERT(plan.steps.back().kind == StepKind::unlock_replicas);
    for (const Step& step : plan.steps) {
      if (step.kind == StepKind::drain && step.from != DrainFrom::latest_replica)
        RC_ASSERT(first_of.at(StepKind::start_standin) < step.number);
      if (step.kind == StepKind::repoint) RC_ASSERT(first_of.at(StepKind::stop_replication) < step.number);
    }
    RC_ASSERT(first_of.count(StepKind::start_standin) == first_of.count(StepKind::stop_standin));
  });
}

TEST(PlanProperty, what_may_be_lost_is_said) {
  for_every_plan("loss", [](const Given& given, const Plan& plan) {
    bool recovered = given.host.log_end && !given.policy.skip_save_master_binlog && given.policy.standin;
    bool hoped = !given.host.fence_done;
    RC_ASSERT(recovered || hoped || !plan.warnings.empty());
  });
}

}  // namespace
}  // namespace tanist::plan

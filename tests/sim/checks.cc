// What must hold when a story is over.
#include <fmt/format.h>

#include <algorithm>

#include "plan/plan.h"
#include "server.h"
#include "story.h"

namespace tanist::sim {

namespace {

std::set<Txn> minus(const std::set<Txn>& all, const std::set<Txn>& some) {
  std::set<Txn> rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

void Story::check() {
  check_journal();
  if (!exit_code_) return;
  if (ledger_.recoveries() == 0)
    check_no_failover();
  else
    check_failover();
  if (scenario_.must_succeed() && *exit_code_ != 0) {
    world_.violation("LIVE", fmt::format("a plain {} must end in a failover with exit code 0, not {}",
                                         to_string(scenario_.fault), *exit_code_));
  }
  if (!is_deadly(scenario_.fault) && ledger_.recoveries() > 0) {
    world_.violation("CAUSE", fmt::format("a failover was begun although the primary was alive ({})",
                                          to_string(scenario_.fault)));
  }
  // R2: what was dropped came back, unless whoever was to send it again died before.
  for (const auto& server : world_.servers) {
    auto missing = minus(server->channel->discarded, server->data);
    const Server* source = server_named(server->channel->settings.host);
    if (source && source->number() != 1 && source->died) continue;
    if (server->number() != 1 && server->running() && !missing.empty()) {
      world_.violation(
          "R2", fmt::format("{} had received {} and will never apply it", server->name(), text(missing)));
    }
  }
}

// Whoever finds his lock gone stops where he is, for whoever has it then.
bool Story::left_without_lock() {
  return scenario_.lock_taken_away && exit_code_ == 1 && !ledger_.journal().unfinished()->empty();
}

void Story::check_journal() {
  if (left_without_lock()) return;
  auto unfinished = ledger_.journal().unfinished();
  if (!unfinished->empty()) world_.violation("END", "a recovery was left unfinished in the journal");
  auto history = ledger_.journal().history();
  for (const auto& recovery : *history) {
    for (const auto& step : recovery.steps) {
      if (step.outcome) continue;
      world_.violation("END",
                       fmt::format("step {} ({}) was never closed", step.intent.number, step.intent.name));
    }
    if (!recovery.outcome || !exit_code_) continue;
    int expected = *recovery.outcome == store::RecoveryOutcome::succeeded    ? 0
                   : *recovery.outcome == store::RecoveryOutcome::incomplete ? 10
                                                                             : 1;
    if (expected != *exit_code_) {
      world_.violation("EXIT", fmt::format("the journal says {} and the exit code is {}",
                                           store::to_string(*recovery.outcome), *exit_code_));
    }
  }
}

void Story::check_no_failover() {
  if (*exit_code_ != 1)
    world_.violation("EXIT", fmt::format("no recovery began, yet the exit code is {}", *exit_code_));
  for (const std::string& act : world_.acts) {
    bool harmless =
        act.find("tanist-node tail") != std::string::npos || act.find("hook check") != std::string::npos;
    if (!harmless) world_.violation("CAUSE", "no recovery began, yet: " + act);
  }
}

void Story::check_failover() {
  std::vector<Server*> promoted;
  for (size_t i = 1; i < world_.servers.size(); ++i) {
    if (!world_.servers[i]->read_only) promoted.push_back(world_.servers[i].get());
  }
  if (promoted.size() > 1) world_.violation("R1", "two replicas were made writable");
  const bool activated = *exit_code_ == 0 || *exit_code_ == 10;
  if (!activated) {
    if (!promoted.empty())
      world_.violation("EXIT", "exit code 1, yet " + promoted[0]->name() + " is writable");
    return left_without_lock() ? check_not_put_back() : check_put_back();
  }
  if (promoted.empty()) {
    // The new primary may die, or disobey, after it got the address: then 10 says it.
    if (*exit_code_ == 0) world_.violation("EXIT", "exit code 0, yet nobody is writable");
    return;
  }
  const Server& next = *promoted[0];
  if (*exit_code_ == 0 && world_.hosts[next.host()].name != reported_.new_primary && reported_.sent) {
    world_.violation("EXIT", "the report names another new primary: " + reported_.new_primary);
  }
  if (!next.running()) return;
  check_nothing_lost(next);
  check_replicas(next);
}

void Story::check_not_put_back() {
  auto left = ledger_.journal().unfinished();
  for (const auto& step : left->front().steps)
    if (step.intent.name == plan::to_string(plan::StepKind::put_back))
      world_.violation("R6", step.intent.target + " was put back by a manager without the lock");
}

void Story::check_replicas(const Server& next) {
  for (size_t i = 1; i < world_.servers.size(); ++i) {
    const Server& server = *world_.servers[i];
    const ReplicaStory& story = scenario_.replicas[i - 1];
    if (&server == &next) continue;
    const std::string host = world_.hosts[server.host()].name;
    bool named =
        std::find(reported_.replicas.begin(), reported_.replicas.end(), host) != reported_.replicas.end();
    bool excused = story.ignore_fail || story.applier_broken || server.died;
    if (*exit_code_ == 0 && reported_.sent && !named && !excused) {
      world_.violation("EXIT", "exit code 0, yet " + server.name() + " was not recovered");
    }
    if (!named || server.died) continue;
    auto lacks = minus(next.data, server.data), extra = minus(server.data, next.data);
    if (!lacks.empty()) {
      world_.violation(
          "R2", fmt::format("{} follows {} and lacks {} (receiver {} {}, applier {} {})", server.name(),
                            next.name(), text(lacks), static_cast<int>(server.channel->receiver),
                            server.channel->io_error, server.channel->applier, server.channel->sql_error));
    }
    if (!extra.empty())
      world_.violation("R2", fmt::format("{} has {} that {} lacks", server.name(), text(extra), next.name()));
  }
}

// The log of the dead primary can be read: its host answers ssh all the time, and its process is proven gone.
bool Story::log_was_reachable() const {
  bool host_there = scenario_.fault == Fault::kill || scenario_.fault == Fault::freeze;
  return host_there && scenario_.primary_sshd && scenario_.standin && scenario_.fence_over_ssh &&
         nodes_.fenced && !scenario_.healed_after;
}

void Story::check_nothing_lost(const Server& next) {
  std::set<Txn> held;
  for (size_t i = 1; i < world_.servers.size(); ++i) {
    const Server& server = *world_.servers[i];
    const ReplicaStory& story = scenario_.replicas[i - 1];
    bool excluded = server.died || story.applier_broken || story.ignore_fail;
    if (excluded) continue;
    held.insert(server.channel->ever_received.begin(), server.channel->ever_received.end());
  }
  if (log_was_reachable()) held.insert(dead_had_.begin(), dead_had_.end());
  auto lost = minus(held, next.data);
  if (!lost.empty()) {
    world_.violation("LOSS",
                     fmt::format("{} lacks {} that a reachable machine held", next.name(), text(lost)));
  }
}

// The recovery did not come to activation: whoever can is back below the old primary, should that return.
void Story::check_put_back() {
  for (size_t i = 1; i < world_.servers.size(); ++i) {
    const Server& server = *world_.servers[i];
    const ReplicaStory& story = scenario_.replicas[i - 1];
    if (!server.running() || server.died) continue;
    const Channel& channel = *server.channel;
    if (!channel.configured || channel.settings.host != "10.0.0.1") {
      world_.violation("R4", server.name() + " was not put back below the old primary");
    } else if (channel.settings.user != kReplUser || channel.settings.password != kReplPassword) {
      world_.violation("R4",
                       server.name() + " was put back with an account that the old primary does not know");
    }
    const bool receives = channel.receiver != Channel::Receiver::stopped;
    if (receives == story.receiver_stopped_before.has_value()) {
      world_.violation("R4", fmt::format("{} was left with its receiver {}: {}", server.name(),
                                         receives ? "started" : "stopped", channel.io_error));
    }
    if (channel.applier == (story.applier_stopped || story.applier_broken)) {
      world_.violation("R4", fmt::format("{} was left with its applier {}: {}", server.name(),
                                         channel.applier ? "started" : "stopped", channel.sql_error));
    }
  }
}

}  // namespace tanist::sim

// The verbs that only look: check, status, plan.
#include <boost/json.hpp>

#include "cli/commands.h"
#include "cli/open.h"
#include "detect/finding.h"
#include "manager/start_checks.h"
#include "plan/plan.h"
#include "execute/from_config.h"

namespace tanist::cli {

using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr OptionRow kJson{"json", OptionKind::flag, "", "", "print JSON instead of text"};
constexpr OptionRow kGlobal{"global_conf", OptionKind::text, config::kGlobalConf, "FILE",
                            "defaults for all applications"};

json::object json_of(const topology::Member& member) {
  json::object out{{"id", member.facts.id.text},
                   {"host", member.facts.hostname},
                   {"address", member.facts.ip},
                   {"port", member.facts.port},
                   {"role", std::string(topology::to_string(member.role))}};
  if (const auto* state = member.state()) {
    out["version"] = state->version.text;
    out["read_only"] = state->read_only;
    out["binlog_end"] = state->log_bin ? state->binlog_end.text() : "";
  } else if (const auto* silence = member.last.no_answer()) {
    out["silence"] = std::string(topology::to_string(silence->silence));
    out["error"] = silence->what;
  }
  if (const auto* replica = member.replica()) {
    out["received"] = replica->received.text();
    out["executed"] = replica->executed.text();
    out["receiver_running"] = replica->receiver == topology::ReceiverState::running;
    out["applier_running"] = replica->applier_running;
    if (replica->seconds_behind) {
      out["seconds_behind"] = *replica->seconds_behind;
    } else {
      out["seconds_behind"] = nullptr;
    }
  }
  return out;
}

// The same cluster with its primary gone: what a plan for tomorrow is made on.
topology::Snapshot if_dead(const topology::Snapshot& snapshot, const config::ClusterConfig& config) {
  std::vector<topology::Observation> observations;
  for (const auto& member : snapshot.members) {
    observations.push_back(member.last);
    if (snapshot.primary == member.facts.id) {
      observations.back().seen = topology::NoAnswer{topology::Silence::refused, 0, "assumed to be dead"};
    }
  }
  return topology::build_snapshot(execute::server_facts(config), observations, snapshot.primary, snapshot.taken);
}

std::string json_of(const topology::Snapshot& snapshot) {
  json::object out;
  if (snapshot.primary) {
    out["primary"] = snapshot.primary->text;
  } else {
    out["primary"] = nullptr;
  }
  json::array servers;
  for (const auto& member : snapshot.members) servers.push_back(json_of(member));
  out["servers"] = std::move(servers);
  out["problems"] = json::value_from(snapshot.problems);
  return json::serialize(out) + "\n";
}

}  // namespace

sys::Task<int> check(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {
      kGlobal,
      {"seconds_behind", OptionKind::integer, "30", "SECONDS", "a replica further behind is not healthy"},
      {"skip_ssh_check", OptionKind::flag, "", "", "do not test ssh between the hosts"}};
  static constexpr std::string_view kExamples[] = {"tanist check /etc/masterha/app1.cnf"};
  const CommandTable table{.name = "tanist check", .usage = "FILE [options]",
                           .summary = "Checks that a cluster replicates and could be failed over. Changes nothing.",
                           .rows = kRows, .examples = kExamples};
  auto opened = co_await open(table, std::move(args), outside, false);
  if (!opened) co_return opened.error();
  manager::StartOptions options;
  options.skip_ssh_check = opened->options.flag("skip_ssh_check");
  options.seconds_behind = static_cast<uint64_t>(opened->options.number("seconds_behind"));
  auto outcome = co_await manager::start_checks(*opened->cluster, options);
  outside.out(outcome.ok ? "healthy\n" : "NOT healthy: see the errors above\n");
  co_return outcome.ok ? 0 : 1;
}

sys::Task<int> status(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {kGlobal, kJson};
  static constexpr std::string_view kExamples[] = {"tanist status /etc/masterha/app1.cnf",
                                                   "tanist status /etc/masterha/app1.cnf --json"};
  const CommandTable table{.name = "tanist status", .usage = "FILE [options]",
                           .summary = "Shows who replicates from whom and how far everybody is.",
                           .rows = kRows, .examples = kExamples};
  auto opened = co_await open(table, std::move(args), outside, false);
  if (!opened) co_return opened.error();
  auto snapshot = co_await opened->cluster->observe(4s);
  if (opened->options.flag("json")) {
    outside.out(json_of(snapshot));
  } else {
    outside.out(topology::picture(snapshot));
    for (const std::string& problem : snapshot.problems) outside.out("problem: " + problem + "\n");
  }
  co_return snapshot.problems.empty() ? 0 : 1;
}

sys::Task<int> plan(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {
      kGlobal, kJson, {"new_primary", OptionKind::text, "", "HOST", "plan with this one as the new primary"}};
  static constexpr std::string_view kExamples[] = {"tanist plan /etc/masterha/app1.cnf"};
  const CommandTable table{.name = "tanist plan", .usage = "FILE [options]",
                           .summary = "Shows what would be done if the primary died now. Changes nothing.",
                           .rows = kRows, .examples = kExamples};
  auto opened = co_await open(table, std::move(args), outside, false);
  if (!opened) co_return opened.error();
  auto snapshot = co_await opened->cluster->observe(4s);
  if (!snapshot.primary) {
    outside.err("There is no primary: " + (snapshot.problems.empty() ? "" : snapshot.problems.front()) + "\n");
    co_return 1;
  }
  plan::Policy policy = execute::default_policy(opened->cluster->config(), *snapshot.primary);
  if (opened->options.given("new_primary")) policy.forced_host = opened->options.text("new_primary");
  plan::DeadHost dead_host;
  auto connected = co_await opened->cluster->shell().connect(
      execute::remote_host(*opened->cluster->config().find(*snapshot.primary)), outside.clock.now() + 3s);
  dead_host.ssh_reachable = connected.has_value();
  dead_host.last_seen_end = snapshot.primary_member()->alive() && snapshot.primary_member()->state()->log_bin
                                ? std::optional(snapshot.primary_member()->state()->binlog_end)
                                : std::nullopt;
  const topology::Snapshot dead = if_dead(snapshot, opened->cluster->config());
  plan::Decision decision = plan::plan_failover(dead, policy, dead_host, {});
  const bool as_json = opened->options.flag("json");
  if (const auto* refusal = std::get_if<plan::Refusal>(&decision)) {
    outside.out(as_json ? plan::json(*refusal) + "\n" : refusal->rule + ": refused: " + refusal->what + "\n");
    co_return 1;
  }
  const auto& made = std::get<plan::Plan>(decision);
  outside.out(as_json ? plan::json(made) + "\n" : plan::text(made, dead));
  co_return 0;
}

}  // namespace tanist::cli

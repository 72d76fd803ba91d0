// The verbs that only look: check, status, plan.
#include <boost/json.hpp>

#include "cli/commands.h"
#include "cli/open.h"
#include "daemon/cluster_json.h"
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

// A word with a slash or a dot is a file: it is looked at here and now, whether `tanist run` runs or not.
sys::Task<int> status(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {
      kGlobal, kJson,
      {"state_dir", OptionKind::text, "/var/lib/tanist", "DIR", "the state directory of `tanist run`"},
      {"watch", OptionKind::flag, "", "", "show it again every 2 s, until a signal (what `tanist run` knows)"}};
  static constexpr std::string_view kExamples[] = {"tanist status", "tanist status app1 --watch",
                                                   "tanist status /etc/masterha/app1.cnf --json"};
  const CommandTable table{.name = "tanist status", .usage = "[CLUSTER|FILE] [options]",
                           .summary = "Shows who replicates from whom and how far everybody is: all clusters of a running "
                                      "`tanist run`, one of them, or that of a FILE by a look of its own.",
                           .rows = kRows, .examples = kExamples, .unknown_options = Unknown::error, .extra_words = Unknown::collect};
  manager::Outside& outside = world.outside;
  Options options = parse_options(table, args);
  const bool is_file = options.words().size() == 1 && options.words().front().find_first_of("/.") != std::string::npos;
  const bool sound = options.errors().empty() && !options.flag("help") && !options.flag("version");
  const bool asked_of_daemon = sound && !is_file && options.words().size() <= 1 && args != std::vector<std::string>{"--man"};
  if (asked_of_daemon) {
    const int code = co_await status_of_daemon(std::move(options), world);
    co_return code;
  }
  auto opened = co_await open(table, std::move(args), outside, false);
  if (!opened) co_return opened.error();
  auto snapshot = co_await opened->cluster->observe(4s);
  if (opened->options.flag("json")) {
    outside.out(json::serialize(daemon::json_of(snapshot, outside.clock.now())) + "\n");
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

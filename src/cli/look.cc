// The verbs that only look: check, status.
#include <boost/json.hpp>

#include "cli/commands.h"
#include "cli/open.h"
#include "cli/verb.h"
#include "daemon/cluster_json.h"
#include "manager/start_checks.h"

namespace tanist::cli {

using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

json::object json_of(const manager::StartOutcome& outcome) {
  return {{"healthy", outcome.ok}, {"errors", json::value_from(outcome.errors)}, {"warnings", json::value_from(outcome.warnings)}};
}

}  // namespace

sys::Task<int> check(std::vector<std::string> args, manager::Outside& outside) {
  static constexpr OptionRow kRows[] = {
      kGlobal, kJson,
      {"seconds_behind", OptionKind::integer, "30", "SECONDS", "a replica further behind is not healthy"},
      {"skip_ssh_check", OptionKind::flag, "", "", "do not test ssh between the hosts"}};
  static constexpr std::string_view kExamples[] = {"tanist check /etc/masterha/app1.cnf",
                                                   "tanist check /etc/masterha/app1.cnf --json 2>/dev/null"};
  const CommandTable table{.name = "tanist check", .usage = "FILE [options]",
                           .summary = "Checks that a cluster replicates and could be failed over. Changes nothing.",
                           .rows = kRows, .examples = kExamples};
  auto opened = co_await open(table, std::move(args), outside, false);
  if (!opened) co_return opened.error();
  manager::StartOptions options;
  options.skip_ssh_check = opened->options.flag("skip_ssh_check");
  options.seconds_behind = static_cast<uint64_t>(opened->options.number("seconds_behind"));
  auto outcome = co_await manager::start_checks(*opened->cluster, options);
  if (opened->options.flag("json")) {
    outside.out(json::serialize(json_of(outcome)) + "\n");
  } else {
    outside.out(outcome.ok ? "healthy\n" : "NOT healthy: see the errors above\n");
  }
  co_return outcome.ok ? 0 : 1;
}

// A word with a slash or a dot is a file: it is looked at here and now, whether `tanist run` runs or not.
sys::Task<int> status(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {
      kGlobal, kJson, kStateDir,
      {"watch", OptionKind::flag, "", "", "show it again every 2 s, until a signal (what `tanist run` knows)"}};
  static constexpr std::string_view kExamples[] = {"tanist status", "tanist status app1 --watch",
                                                   "tanist status /etc/masterha/app1.cnf --json"};
  const CommandTable table{.name = "tanist status", .usage = "[CLUSTER|FILE] [options]",
                           .summary = "Shows who replicates from whom and how far everybody is: all clusters of a running "
                                      "`tanist run`, one of them, or that of a FILE by a look of its own.",
                           .rows = kRows, .examples = kExamples, .unknown_options = Unknown::error, .extra_words = Unknown::collect};
  manager::Outside& outside = world.outside;
  Options options = parse_options(table, args);
  const bool named_file = options.words().size() == 1 && is_file(options.words().front());
  const bool sound = options.errors().empty() && !options.flag("help") && !options.flag("version");
  const bool asked_of_daemon = sound && !named_file && options.words().size() <= 1 && args != std::vector<std::string>{"--man"};
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

}  // namespace tanist::cli

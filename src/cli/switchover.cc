// `tanist switchover`: another server becomes the primary, by the plan that --dry-run prints. The same engine
// as masterha_master_switch --master_state=alive; the old primary becomes a replica unless told otherwise.
#include "plan/switchover.h"

#include <boost/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "compat/switch_command.h"

namespace tanist::cli {

namespace {

constexpr OptionRow kRows[] = {
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications"},
    {"to", OptionKind::text, "", "HOST[:PORT]", "promote this one; chosen by the rules when not given"},
    {"dry_run|dry-run", OptionKind::flag, "", "", "print what would be done and change nothing"},
    {"json", OptionKind::flag, "", "", "print JSON on stdout; needs --yes or --dry-run"},
    {"yes", OptionKind::flag, "", "", "do not ask before the switch"},
    {"leave_old_primary", OptionKind::flag, "", "", "the old primary stays read-only and follows nobody"},
    {"running_updates_limit", OptionKind::integer, "1", "SECONDS",
     "refuse while an update runs longer on the old primary"},
    {"running_seconds_limit", OptionKind::integer, "10", "SECONDS",
     "refuse while a statement runs so long on the new one"},
    {"seconds_behind_master", OptionKind::integer, "30", "SECONDS", "greatest lag of every replica"},
};
constexpr std::string_view kExamples[] = {"tanist switchover /etc/masterha/app1.cnf --dry-run",
                                          "tanist switchover /etc/masterha/app1.cnf --to db2 --yes"};

constexpr ExitRow kExits[] = {
    {"0", "switched, all replicas follow the new primary; with --dry-run: it could be"},
    {"1", "refused, declined or undone: the primary is who it was"},
    {"2", "wrong usage"},
    {"10", "the new primary takes writes, but something is left to repair"},
};

// "db2", "db2:3307", "[fd00::2]:3307", "fd00::2".
void set_target(plan::SwitchPolicy& policy, std::string text) {
  const size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port = colon != text.npos && (bracketed ? text[colon - 1] == ']' : text.find(':') == colon);
  if (has_port) {
    policy.forced_port = static_cast<uint16_t>(parse_uint(text.substr(colon + 1)).value_or(0));
    text.resize(colon);
  }
  if (bracketed && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  policy.forced_host = text;
}

compat::SwitchCommand command_of(const Options& options) {
  auto limit = [&](std::string_view name) {
    return static_cast<uint64_t>(std::max<int64_t>(0, options.number(name)));
  };
  compat::SwitchCommand command;
  if (options.given("to")) set_target(command.policy, options.text("to"));
  command.policy.old_becomes_replica = !options.flag("leave_old_primary");
  command.policy.running_updates_limit = limit("running_updates_limit");
  command.policy.running_seconds_limit = limit("running_seconds_limit");
  command.policy.seconds_behind_limit = limit("seconds_behind_master");
  command.policy.spare_ignored = command.policy.needs_password = true;
  command.check_only = options.flag("dry_run");
  command.interactive = !options.flag("yes") && !command.check_only;
  return command;
}

std::string text_of(const execute::SwitchResult& result) {
  if (!result.decision) return "";
  if (const auto* refusal = std::get_if<plan::Refusal>(&*result.decision)) return plan::text(*refusal) + "\n";
  return plan::text(std::get<plan::SwitchPlan>(*result.decision), *result.snapshot);
}

std::string json_of(const execute::SwitchResult& result) {
  boost::json::object out{{"exit_code", result.exit_code}, {"why", result.why}};
  if (result.new_primary) {
    out["new_primary"] = result.new_primary->text;
    out["writes_blocked_ms"] = result.writes_blocked.count();
  }
  if (result.decision) {
    const auto* refusal = std::get_if<plan::Refusal>(&*result.decision);
    const std::string decision =
        refusal ? plan::json(*refusal) : plan::json(std::get<plan::SwitchPlan>(*result.decision));
    out[refusal ? "refusal" : "plan"] = boost::json::parse(decision);
  }
  return boost::json::serialize(out) + "\n";
}

}  // namespace

sys::Task<int> switchover(std::vector<std::string> args, manager::Outside& outside) {
  const CommandTable table{
      .name = "tanist switchover",
      .usage = "FILE [options]",
      .summary =
          "Makes another server the primary while the current one lives, and the old one its "
          "replica. Whatever fails before the new one takes writes is undone.",
      .rows = kRows,
      .examples = kExamples,
      .exits = kExits};
  const bool changes = !parse_options(table, args).flag("dry_run");
  auto opened = co_await open(table, std::move(args), outside, changes);
  if (!opened) co_return opened.error();
  compat::SwitchCommand command = command_of(opened->options);
  if (command.policy.forced_host && command.policy.forced_port == 0) {
    outside.err("--to takes HOST or HOST:PORT, not " + opened->options.text("to") + "\n");
    co_return 2;
  }
  if (opened->options.flag("json") && command.interactive) {
    outside.err("--json asks no questions: say --yes or --dry-run with it.\n");
    co_return 2;
  }
  auto result = co_await compat::run_switch_command(*opened->cluster, std::move(command));
  if (opened->options.flag("json")) {
    outside.out(json_of(result));
  } else if (!changes) {
    outside.out(text_of(result));
  }
  co_return result.exit_code;
}

}  // namespace tanist::cli

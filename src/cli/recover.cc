// `tanist failover`: replaces a dead primary now, by the plan that `tanist plan` prints.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "compat/failover_command.h"
#include "compat/failover_options.h"

namespace tanist::cli {

using namespace std::chrono_literals;

namespace {

std::vector<OptionRow> rows() {
  std::vector<OptionRow> all = compat::failover_rows();
  all.push_back({"dead", OptionKind::text, "", "HOST", "the dead primary; found from the replicas when not given"});
  all.push_back({"yes", OptionKind::flag, "", "", "do not ask before fencing"});
  return all;
}

}  // namespace

sys::Task<int> failover(std::vector<std::string> args, manager::Outside& outside) {
  static const std::vector<OptionRow> kRows = rows();
  static constexpr std::string_view kExamples[] = {"tanist failover /etc/masterha/app1.cnf --dry_run",
                                                   "tanist failover /etc/masterha/app1.cnf --dead=db1 --yes"};
  const CommandTable table{.name = "tanist failover", .usage = "FILE [options]",
                           .summary = "Fences a dead primary, brings every replica to the last event that can be had and "
                                      "promotes one.",
                           .rows = kRows, .examples = kExamples};
  auto opened = co_await open(table, std::move(args), outside, true);
  if (!opened) co_return opened.error();
  const auto& config = opened->cluster->config();
  auto snapshot = co_await opened->cluster->observe(4s);
  std::optional<ServerId> dead = snapshot.primary;
  if (opened->options.given("dead")) {
    auto named = std::find_if(config.servers.begin(), config.servers.end(), [&](const auto& server) {
      return server.hostname == opened->options.text("dead") || server.id.text == opened->options.text("dead");
    });
    if (named == config.servers.end()) {
      outside.err(fmt::format("{}: no server is called {}\n", config.path, opened->options.text("dead")));
      co_return 2;
    }
    dead = named->id;
  }
  if (!dead) {
    outside.err("The replicas name no single primary. Say which one is dead with --dead=HOST.\n" +
                join(snapshot.problems, "\n") + "\n");
    co_return 1;
  }
  compat::FailoverCommand command;
  command.dead_primary = *dead;
  command.cause = "asked for by hand";
  command.interactive = !opened->options.flag("yes");
  auto code = co_await compat::run_failover_command(*opened->cluster, opened->options, std::move(command));
  co_return code;
}

std::string overview() {
  return "tanist: keeps a MySQL or MariaDB replication cluster writable\n\n"
         "  tanist status [CLUSTER|FILE]  who replicates from whom, how far everybody is\n"
         "  tanist check FILE      is the cluster healthy, could it be failed over?\n"
         "  tanist plan FILE       what would be done if the primary died now\n"
         "  tanist failover FILE   replace a dead primary\n"
         "  tanist switchover FILE make another server the primary while the current one lives\n\n"
         "  tanist run [FILE|DIR]  keep clusters writable, failover after failover\n"
         "  tanist rules           by which rules all this is decided\n"
         "  tanist history [ID]    what `tanist run` did, and every step of it\n"
         "  tanist ack CLUSTER     its last recovery was looked at: another one may follow at once\n"
         "  tanist pause CLUSTER   `tanist run` watches it and does nothing, until: tanist resume CLUSTER\n"
         "  tanist rejoin CLUSTER HOST  a primary that was replaced becomes a replica\n\n"
         "FILE is an MHA application file. `tanist VERB --help` tells the options.\n"
         "The commands of MHA (masterha_manager, masterha_check_repl, ...) are links to this program.\n";
}

}  // namespace tanist::cli

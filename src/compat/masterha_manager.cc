#include "compat/masterha_manager.h"

#include "compat/failover_command.h"
#include "compat/failover_options.h"
#include "compat/watch.h"

namespace tanist::compat {

namespace {

constexpr ExitRow kExits[] = {
    {"0", "failed over, all replicas follow the new primary"},
    {"1", "anything else that ended it: checks, another manager, a signal, a failover refused or undone"},
    {"10", "the new primary is active, but not every replica follows it"},
};
constexpr std::string_view kExamples[] = {
    "masterha_manager --conf=/etc/masterha/app1.cnf",
    "masterha_manager --conf=/etc/masterha/app1.cnf --remove_dead_master_conf --ignore_last_failover",
};

std::vector<OptionRow> manager_rows() {
  std::vector<OptionRow> rows = failover_rows();
  for (const OptionRow& row : watch_rows("0")) rows.push_back(row);
  return rows;
}

sys::Task<int> fail_over(OpenedCluster& opened, JudgedDead dead, StatusFile& status) {
  FailoverCommand command;
  command.dead_primary = dead.primary;
  command.judged_dead = true;
  command.cause = dead.verdict.finding.rule + " " + dead.verdict.finding.sentence;
  command.ssh_reachable = dead.verdict.ssh_reachable;
  // The monitor asked in a hurry. A host that still sends something back gets the whole ssh_connection_timeout: the
  // only copy of the last transactions is on it.
  if (dead.verdict.finding.kind != detect::Kind::silent && dead.verdict.ssh_reachable == false) {
    command.ssh_reachable.reset();
  }
  command.last_seen_end = dead.verdict.last_seen_end;
  command.dead_tls = dead.verdict.tls;
  command.dead_semi_sync = dead.verdict.semi_sync;
  command.given_up = dead.verdict.lives();
  command.last_question = execute::last_question_for(dead.verdict.slowest_answer);
  command.status = &status;
  auto result = co_await run_failover_command(*opened.cluster, opened.options, std::move(command));
  co_return result.exit_code;
}

}  // namespace

sys::Task<int> masterha_manager(std::vector<std::string> args, manager::Outside& outside) {
  static const std::vector<OptionRow> rows = manager_rows();
  const CommandTable table{.name = "masterha_manager",
                           .usage = "--conf=FILE [options]",
                           .summary = "Watches the primary of one MySQL or MariaDB cluster; when it dies, brings every "
                                      "replica to the last event that can be had, promotes one and ends.",
                           .rows = rows,
                           .examples = kExamples,
                           .exits = kExits};
  return watch_and_then(table, std::move(args), outside, true, fail_over);
}

}  // namespace tanist::compat

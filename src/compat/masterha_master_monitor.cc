// masterha_master_monitor: watches like masterha_manager and says when the primary is dead; what is done then is somebody
// else's (reference mha-manager.md 2.2).
#include <fmt/format.h>

#include "compat/failover_options.h"
#include "compat/masterha_manager.h"
#include "compat/watch.h"
#include "execute/from_config.h"
#include "plan/plan.h"

namespace tanist::compat {

namespace {

constexpr int kPrimaryDead = 20;
constexpr std::chrono::seconds kLastLook{4};  // reference App. C, server probe

constexpr ExitRow kExits[] = {
    {"0", "--check_only: all is well"},
    {"1", "an error, a signal, or the answer no"},
    {"20", "the primary is dead"},
};
constexpr std::string_view kExamples[] = {
    "masterha_master_monitor --conf=/etc/masterha/app1.cnf --interactive=0; [ $? = 20 ] && echo it is dead",
};

std::vector<OptionRow> monitor_rows() {
  std::vector<OptionRow> rows = cluster_rows();
  for (const OptionRow& row : watch_rows("1")) rows.push_back(row);
  return rows;
}

// Whether the cluster could be failed over now. MHA ends with 1 where it cannot (reference 5.6), so that nobody hears of
// the death; here the death is the answer, and what stands in the way is said.
sys::Task<void> say_what_stands_in_the_way(manager::Cluster& cluster, ServerId dead) {
  cluster.take_as_dead(dead);
  auto snapshot = co_await cluster.observe(kLastLook);
  auto refusal = plan::check_failover(snapshot, execute::default_policy(cluster.config(), dead));
  if (refusal) cluster.log().warning("A failover would be refused: " + plan::text(*refusal));
}

sys::Task<int> say_it_is_dead(OpenedCluster& opened, JudgedDead dead, StatusFile&) {
  manager::Cluster& cluster = *opened.cluster;
  const config::ServerConfig server = *cluster.config().find(dead.primary);
  co_await say_what_stands_in_the_way(cluster, dead.primary);
  cluster.outside().out(
      fmt::format("Master {} is dead!\nIP Address: {} Port: {}\n", server.hostname, server.ip, server.port));
  co_return kPrimaryDead;
}

}  // namespace

sys::Task<int> masterha_master_monitor(std::vector<std::string> args, manager::Outside& outside) {
  static const std::vector<OptionRow> rows = monitor_rows();
  const CommandTable table{.name = "masterha_master_monitor",
                           .usage = "--conf=FILE [options]",
                           .summary = "Watches the primary of one MySQL or MariaDB cluster and ends with 20 when it is dead.",
                           .rows = rows,
                           .examples = kExamples,
                           .exits = kExits};
  return watch_and_then(table, std::move(args), outside, false, say_it_is_dead);
}

}  // namespace tanist::compat

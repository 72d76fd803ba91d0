#include "manager/start_checks.h"

#include <fmt/format.h>

#include "execute/progress.h"
#include "execute/stand_in.h"
#include "hooks/arguments.h"
#include "manager/witnesses.h"
#include "plan/startup_checks.h"
#include "remote/mesh.h"
#include "execute/from_config.h"

namespace tanist::manager {

using namespace std::chrono_literals;
using topology::Role;

namespace {

constexpr Duration kProbeLimit = 4s;  // reference App. C
constexpr int kAttempts = 2;          // reference 5.1 #4

struct Checks {
  Cluster& cluster;
  StartOptions options;
  topology::Snapshot snapshot;
  bool ok = true;
  std::optional<bool> primary_ssh;
  std::vector<std::string> errors, warnings;

  void fatal(const std::string& sentence) {
    ok = false;
    errors.push_back(sentence);
    cluster.log().error(sentence);
  }
  void warning(const std::string& sentence) {
    warnings.push_back(sentence);
    cluster.log().warning(sentence);
  }
  // In GTID mode MHA asks nothing of the replicas' hosts (reference 5.1 #16): what is missing there is only said.
  void fatal_unless_gtid(const std::string& sentence) {
    if (topology::mha_gtid_mode(snapshot) != 1) return fatal(sentence);
    warning(sentence);
  }
  const config::ServerConfig& config(const ServerId& id) const { return *cluster.config().find(id); }
  TimePoint in(Duration limit) const { return cluster.outside().clock.now() + limit; }
};

void log_findings(Checks& checks) {
  plan::CheckPolicy policy;
  policy.ignore_fail_on_start = checks.options.ignore_fail_on_start;
  policy.seconds_behind_limit = checks.options.seconds_behind;
  for (const auto& finding : plan::startup_checks(checks.snapshot, policy)) {
    std::string text = fmt::format("{} {}", finding.row, finding.sentence);
    switch (finding.severity) {
      case plan::Severity::fatal: checks.fatal(text); break;
      case plan::Severity::warning: checks.warning(text); break;
      case plan::Severity::info: checks.cluster.log().info(text); break;
    }
  }
}

// The node program on each host, and what it will have to read in a failover: the replicas' relay logs, the primary's
// binary log. MHA asked the same with its own test commands.
sys::Task<void> check_node(Checks* checks, ServerId id) {
  const config::ServerConfig& host = checks->config(id);
  auto node = co_await checks->cluster.shell().node(execute::remote_host(host), host.remote_workdir, checks->in(20s));
  if (!node) {
    checks->fatal_unless_gtid(fmt::format("tanist-node cannot be used on {}: {}", host.host_info(), node.error().what));
    co_return;
  }
  const topology::Member* member = checks->snapshot.find(id);
  if (!member || !member->state()) co_return;
  const bool is_primary = checks->snapshot.primary == id;
  execute::LogPlace log;
  if (is_primary) {
    log.directories = host.master_binlog_dir;
    log.start_file = member->state()->binlog_end.file;
  } else if (member->replica()) {
    log = execute::relay_log_of(*member->state());
  } else {
    co_return;
  }
  if (is_primary && !member->state()->log_bin) co_return;
  auto world = checks->cluster.world();
  auto reach = co_await execute::look_at_tail(world, host, std::move(log), checks->in(20s));
  if (reach) co_return;
  if (is_primary && reach.error().code == Errc::unsupported) {
    // Nothing is set wrong: an encrypted log is for its server alone, and a failover can do without it.
    checks->warning(fmt::format("The binary log of {} cannot be served: {}. What it has sent to no replica when it dies is lost.",
                                host.host_info(), reach.error().what));
  } else if (is_primary) {
    checks->fatal_unless_gtid(fmt::format("The binary log of {} cannot be read on its host: {}. Check master_binlog_dir.",
                              host.host_info(), reach.error().what));
  } else {
    checks->warning(fmt::format("The relay logs of {} cannot be read on its host: {}", host.host_info(), reach.error().what));
  }
}

// Unlike a replica's, its host may be out of reach: the manager starts, and fails over without it if it must.
sys::Task<void> check_primary_host(Checks* checks, ServerId id) {
  const config::ServerConfig& host = checks->config(id);
  auto connected = co_await checks->cluster.shell().connect(execute::remote_host(host),
                                                            checks->in(host.ssh_connection_timeout));
  checks->primary_ssh = connected.has_value();
  if (!connected) {
    checks->warning(fmt::format("HealthCheck: SSH to {} is NOT reachable: {}", host.hostname, connected.error().what));
    co_return;
  }
  checks->cluster.log().info(fmt::format("HealthCheck: SSH to {} is reachable.", host.hostname));
  co_await check_node(checks, id);
}

// A host may only be busy. Who answers with an error packet has answered.
bool anybody_silent(const topology::Snapshot& snapshot) { return !snapshot.with_role(Role::dead).empty(); }

sys::Task<void> check_hosts(Checks& checks) {
  std::vector<sys::Task<void>> tasks;
  if (const auto* primary = checks.snapshot.primary_member()) {
    tasks.push_back(check_primary_host(&checks, primary->facts.id));
  }
  for (const auto& member : checks.snapshot.members) {
    bool used = member.role == Role::replica || member.role == Role::failed_replica;
    if (used) tasks.push_back(check_node(&checks, member.facts.id));
  }
  co_await sys::when_all(std::move(tasks));
}

sys::Task<Status> look_at_binlog_server(Checks* checks, const config::ServerConfig& host, std::string file) {
  if (host.hostname.empty()) co_return fail(Errc::invalid, "[" + host.id.text + "] has no hostname");
  execute::LogPlace log;
  log.directories = host.master_binlog_dir;
  log.start_file = std::move(file);
  auto world = checks->cluster.world();
  auto reach = co_await execute::look_at_tail(world, host, std::move(log), checks->in(20s));
  if (!reach) co_return fail(reach.error().during("the binary log server " + host.hostname + " cannot be used"));
  if (!reach->damage.empty()) {
    checks->warning(fmt::format("The binary log server {} is read up to {} only: {}", host.hostname, reach->end.text(),
                                reach->damage));
  }
  co_return Status{};
}

// By the file that the first replica reads, as MHA did (reference 5.1 #16). Without GTIDs it did not ask: there it is said.
sys::Task<void> check_binlog_servers(Checks& checks) {
  const auto replicas = checks.snapshot.with_role(Role::replica);
  if (checks.cluster.config().binlog_servers.empty() || replicas.empty()) co_return;
  std::vector<sys::Task<Status>> looks;
  for (const auto& host : checks.cluster.config().binlog_servers) {
    looks.push_back(look_at_binlog_server(&checks, host, replicas.front()->replica()->received.file));
  }
  const auto results = co_await sys::when_all(std::move(looks));
  const bool by_gtid = topology::mha_gtid_mode(checks.snapshot) == 1;
  for (const Status& result : results) {
    if (result) continue;
    if (by_gtid) checks.fatal(result.error().what);
    if (!by_gtid) checks.warning(result.error().what);
  }
}

sys::Task<void> check_mesh(Checks& checks) {
  std::vector<remote::Host> hosts;
  for (const auto& member : checks.snapshot.members) {
    const auto& server = checks.config(member.facts.id);
    if (member.alive() && !server.skip_init_ssh_check) hosts.push_back(execute::remote_host(server));
  }
  auto mesh = co_await remote::check_mesh(checks.cluster.shell(), checks.cluster.outside().clock, std::move(hosts));
  for (const auto& problem : remote::problems(mesh)) checks.fatal(problem);
  if (mesh.all_passed()) checks.cluster.log().info("All SSH connection tests passed successfully.");
}

// A script that cannot be run gives no verdict, and without one nothing is ever failed over: better said now. It is
// looked for and not run, since it has nothing to do yet.
sys::Task<void> check_secondary_script(Checks& checks) {
  const auto* primary = checks.snapshot.primary_member();
  if (!primary) co_return;
  const config::ServerConfig& server = checks.config(primary->facts.id);
  auto world = checks.cluster.world();
  std::string script = server.secondary_check_script;
  const bool there = co_await hooks::is_there(world.hooks, std::move(script), checks.in(server.hook_timeout));
  if (there) co_return;
  checks.fatal(fmt::format(
      "secondary_check_script cannot be run: there is no executable program at the beginning of '{}'. Mend the path or "
      "its mode (chmod +x); without its word no failover would ever begin.",
      server.secondary_check_script));
}

sys::Task<void> check_hooks(Checks& checks) {
  const auto* primary = checks.snapshot.primary_member();
  if (!primary) co_return;
  const config::ServerConfig& server = checks.config(primary->facts.id);
  auto ask = [](Checks* to, const config::ServerConfig* of, std::string name, std::string script,
                hooks::Arguments arguments) -> sys::Task<void> {
    if (script.empty()) {
      to->warning(name + " is not defined.");
      co_return;
    }
    hooks::Call call{std::move(script), std::move(arguments), to->in(of->hook_timeout)};
    to->cluster.log().info(fmt::format("Checking {} status:\n  {}", name, hooks::printable(call)));
    auto world = to->cluster.world();
    auto outcome = co_await world.hooks.run(std::move(call));
    if (outcome.ok()) {
      to->cluster.log().info(" OK.");
    } else {
      to->fatal(fmt::format("Failed to get {} status: {}", name, outcome.what));
    }
  };
  const bool ssh = checks.primary_ssh.value_or(false);
  auto hook = execute::hook_server(server, checks.cluster.config(), ssh);
  // One after the other, as users' scripts know it (reference 5.1 #22).
  auto address = ask(&checks, &server, "master_ip_failover_script", server.master_ip_failover_script,
                     hooks::ip_failover_status(hook));
  co_await std::move(address);
  auto shutdown = ask(&checks, &server, "shutdown_script", server.shutdown_script, hooks::shutdown_status(hook));
  co_await std::move(shutdown);
}

}  // namespace

sys::Task<StartOutcome> start_checks(Cluster& cluster, StartOptions options) {
  Checks checks{cluster, options, {}, true, {}, {}, {}};
  for (int attempt = 0; attempt < kAttempts && (attempt == 0 || anybody_silent(checks.snapshot)); ++attempt) {
    checks.snapshot = co_await cluster.observe(kProbeLimit);
  }
  cluster.log().info(fmt::format("GTID failover mode = {}", topology::mha_gtid_mode(checks.snapshot)));
  for (const std::string& list : topology::lists(checks.snapshot)) cluster.log().info(list);
  co_await cluster.ask_replication_rights(checks.snapshot, kProbeLimit);
  log_findings(checks);
  const auto* primary = checks.snapshot.primary_member();
  if (checks.ok && primary) {
    cluster.log().info("Current Alive Master: " + (primary->alive() ? primary->facts.text() : "none, it is dead"));
  }
  if (checks.ok && primary && !primary->alive() && options.interactive) {
    auto answer = cluster.outside().ask_line("Master is not currently alive. Proceed? (yes/NO): ");
    if (!answer || (!answer->starts_with('y') && !answer->starts_with('Y'))) checks.fatal("Stopped by the operator.");
  }
  if (checks.ok) {
    std::vector<sys::Task<void>> tasks;
    if (!options.skip_ssh_check && topology::mha_gtid_mode(checks.snapshot) != 1) tasks.push_back(check_mesh(checks));
    tasks.push_back(check_hosts(checks));
    tasks.push_back(check_binlog_servers(checks));
    co_await sys::when_all(std::move(tasks));
  }
  if (checks.ok) co_await check_secondary_script(checks);
  if (checks.ok) {
    cluster.log().info("\n" + topology::picture(checks.snapshot, "current master"));
    co_await check_hooks(checks);
  }
  StartOutcome outcome{checks.ok, std::move(checks.snapshot), checks.primary_ssh, std::move(checks.errors), std::move(checks.warnings)};
  co_return outcome;
}

}  // namespace tanist::manager

// masterha_master_switch: with --master_state=dead the failover by hand (reference mha-manager.md 2.7.1); the switch of a
// living primary is in switch_command.cc.
#include <fmt/format.h>

#include "compat/failover_command.h"
#include "compat/failover_options.h"
#include "compat/masterha_manager.h"
#include "compat/open_cluster.h"
#include "compat/switch_command.h"

namespace tanist::compat {

namespace {

constexpr ExitRow kExits[] = {
    {"0", "failed over, all replicas follow the new primary"},
    {"1", "refused, declined or undone"},
    {"10", "the new primary is active, but not every replica follows it"},
};
constexpr std::string_view kExamples[] = {
    "masterha_master_switch --conf=/etc/masterha/app1.cnf --master_state=dead --dead_master_host=db1 "
    "--dead_master_ip=10.0.0.1 --dead_master_port=3306 --interactive=0",
};

std::vector<OptionRow> switch_rows() {
  std::vector<OptionRow> rows = failover_rows();
  const OptionRow more[] = {
      {"master_state", OptionKind::text, "", "dead|alive", "what the current primary is (mandatory)"},
      {"dead_master_host", OptionKind::text, "", "HOST", "hostname of the dead primary (mandatory)"},
      {"dead_master_ip", OptionKind::text, "", "IP", "its address; resolved from the host when not given"},
      {"dead_master_port", OptionKind::port, "3306", "PORT", "its port"},
      {"interactive", OptionKind::integer, "1", "0|1", "ask before each step that cannot be undone"},
      {"ssh_reachable", OptionKind::integer, "2", "0|1|2", "the dead host answers ssh: no, yes, find out"},
  };
  rows.insert(rows.end(), std::begin(more), std::end(more));
  return rows;
}

// The server that is to be replaced, as named on the command line, or a sentence.
Result<const config::ServerConfig*> named_server(const Options& options, const config::ClusterConfig& config) {
  auto port = static_cast<uint16_t>(options.number("dead_master_port"));
  const auto* server = config.find(options.text("dead_master_host"), port);
  if (!server) {
    return fail(Errc::not_found, fmt::format("{}: no section has hostname={} and port={}", config.path,
                                             options.text("dead_master_host"), port));
  }
  std::string ip = options.text("dead_master_ip");
  if (!ip.empty() && ip != server->ip) {
    return fail(Errc::invalid, fmt::format("--dead_master_ip={} is not the address of {}", ip, server->host_info()));
  }
  return server;
}

// What must be said and is not, on a command line that is right as far as it goes.
std::optional<std::string> missing_in(const CommandLine& line) {
  if (line.exit_code) return std::nullopt;
  const Options& options = line.options;
  if (options.text("master_state") != "dead") {
    return "--master_state=dead or --master_state=alive is needed: is the primary to be failed over or switched?";
  }
  if (!options.given("dead_master_host")) return "--dead_master_host=<hostname of the dead primary> must be set.";
  return std::nullopt;
}

}  // namespace

sys::Task<int> masterha_master_switch(std::vector<std::string> args, manager::Outside& outside) {
  static const std::vector<OptionRow> rows = switch_rows();
  const CommandTable table{.name = "masterha_master_switch",
                           .usage = "--conf=FILE --master_state=dead --dead_master_host=HOST [options]",
                           .summary = "Replaces a dead primary by hand. A living one is switched with --master_state=alive, "
                                      "which has options of its own: masterha_master_switch --master_state=alive --help.",
                           .rows = rows,
                           .examples = kExamples,
                           .exits = kExits};
  const CommandLine first_look = read_command_line(table, args);
  if (first_look.options.text("master_state") == "alive") {
    auto code = co_await switch_alive(std::move(args), outside);
    co_return code;
  }
  if (auto missing = missing_in(first_look)) {
    outside.out(help_text(table));
    outside.err(*missing + "\n");
    co_return 1;
  }
  const bool interactive = first_look.options.number("interactive") != 0;
  auto opened = co_await open_cluster(table, std::move(args), outside,
                                      Opening{.log_to_file = !interactive, .journal = true});
  if (!opened) co_return opened.error();
  const Options& options = opened->options;
  auto server = named_server(options, opened->cluster->config());
  if (!server) {
    outside.err(server.error().what + "\n");
    co_return 1;
  }
  if (!interactive) outside.lead_process_group();
  FailoverCommand command;
  command.dead_primary = (*server)->id;
  command.cause = "asked for by hand";
  command.interactive = interactive;
  if (options.number("ssh_reachable") < 2) command.ssh_reachable = options.number("ssh_reachable") == 1;
  StatusFile status(outside.files, health_path(opened->cluster->config().manager_workdir(), opened->cluster->config().name),
                    outside.pid);
  if (!interactive) command.status = &status;
  auto result = co_await run_failover_command(*opened->cluster, options, std::move(command));
  co_return result.exit_code;
}

}  // namespace tanist::compat

// masterha_check_ssh: whether every host of a cluster reaches every other by ssh (reference
// mha-manager.md 2.3).
#include "compat/masterha_manager.h"
#include "compat/open_cluster.h"
#include "execute/from_config.h"
#include "remote/mesh.h"

namespace tanist::compat {

namespace {

constexpr OptionRow kRows[] = {
    {"conf", OptionKind::text, "", "FILE", "application configuration file (mandatory)"},
    {"global_conf", OptionKind::text, config::kGlobalConf, "FILE", "defaults for all applications"},
};
constexpr ExitRow kExits[] = {
    {"0", "every host reaches every other"},
    {"1", "some do not, or --conf is missing"},
    {"2", "the file cannot be read (the system's error number)"},
};
constexpr std::string_view kExamples[] = {"masterha_check_ssh --conf=/etc/masterha/app1.cnf"};

std::vector<remote::Host> mesh_hosts(const config::ClusterConfig& cluster) {
  std::vector<remote::Host> hosts;
  for (const config::ServerConfig& server : cluster.servers) {
    if (!server.skip_init_ssh_check) hosts.push_back(execute::remote_host(server));
  }
  return hosts;
}

}  // namespace

sys::Task<int> masterha_check_ssh(std::vector<std::string> args, manager::Outside& outside) {
  const CommandTable table{
      .name = "masterha_check_ssh",
      .usage = "--conf=FILE [options]",
      .summary = "Checks that the hosts of a cluster reach each other by ssh. Changes nothing.",
      .rows = kRows,
      .examples = kExamples,
      .exits = kExits};
  auto loaded = co_await load_cluster_of(table, std::move(args), outside);
  if (!loaded) co_return loaded.error();
  auto log = outside.open_log("", sys::Level::debug);
  for (const config::Problem& warning : loaded->config.warnings) log->warning(warning.text());

  auto shell = outside.open_shell(*log);
  log->info("Starting SSH connection tests..");
  auto mesh = co_await remote::check_mesh(*shell, outside.clock, mesh_hosts(loaded->config));
  for (const remote::LogLine& record : remote::to_log(mesh)) log->write(record.level, record.text);
  if (mesh.all_passed()) {
    log->info("All SSH connection tests passed successfully.");
    co_return 0;
  }
  log->error("SSH Configuration Check Failed!");
  co_return 1;
}

}  // namespace tanist::compat

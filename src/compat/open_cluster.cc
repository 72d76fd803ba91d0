#include "compat/open_cluster.h"

#include <algorithm>

#include "compat/failover_options.h"

namespace tanist::compat {

sys::Task<tl::expected<LoadedCluster, int>> load_cluster_of(CommandTable table, std::vector<std::string> args,
                                                            manager::Outside& outside) {
  CommandLine line = read_command_line(table, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) co_return tl::unexpected(*line.exit_code);
  if (!line.options.given("conf")) {
    outside.out("--conf=<server_config_file> must be set.\n");
    co_return tl::unexpected(1);
  }
  config::LoadRequest request{line.options.text("conf"), line.options.text("global_conf")};
  ConfigFiles files = read_config_files(outside, request);
  auto config = co_await config::load_cluster(outside.config, std::move(request));
  if (!config) {
    outside.err(config.error().text() + "\n");
    co_return tl::unexpected(config.error().number > 0 ? config.error().number : 1);
  }
  co_return LoadedCluster{std::move(line.options), std::move(files), std::move(*config)};
}

sys::Task<tl::expected<OpenedCluster, int>> open_cluster(CommandTable table, std::vector<std::string> args,
                                                         manager::Outside& outside, Opening opening) {
  auto loaded = co_await load_cluster_of(table, std::move(args), outside);
  if (!loaded) co_return tl::unexpected(loaded.error() == 0 ? 0 : 1);
  config::ClusterConfig& config = loaded->config;
  apply_places(loaded->options, config);
  std::string log_path = opening.log_to_file ? config.manager_log() : "";
  config::Problems warnings = config.warnings;
  auto cluster = manager::Cluster::open(outside, std::move(config), log_path, opening.journal);
  if (!cluster) {
    outside.err(cluster.error().what + "\n");
    co_return tl::unexpected(1);
  }
  for (const auto& warning : warnings) (*cluster)->log().warning(warning.text());
  co_return OpenedCluster{std::move(loaded->options), std::move(loaded->files), std::move(*cluster)};
}

ConfigFiles read_config_files(manager::Outside& outside, config::LoadRequest request) {
  ConfigFiles files{std::move(request), "", ""};
  files.global_text = outside.config.read(files.request.global_conf).value_or("");
  files.text = outside.config.read(files.request.conf).value_or("");
  return files;
}

sys::Task<Result<ServerId>> reread_config(OpenedCluster& opened, ServerId server) {
  manager::Cluster& cluster = *opened.cluster;
  const config::ServerConfig before = *cluster.config().find(server);
  ConfigFiles now = read_config_files(cluster.outside(), opened.files.request);
  const bool same = now.text == opened.files.text && now.global_text == opened.files.global_text;
  if (same && before.init_conf_load_script.empty()) co_return server;  // the same again, for less
  auto config = co_await config::load_cluster(cluster.outside().config, opened.files.request);
  if (!config) {
    cluster.log().error("The configuration cannot be read again; going on with what it said before:\n" +
                        config.error().text());
    co_return server;
  }
  for (auto& member : config->servers) {
    member.manager_workdir = cluster.config().manager_workdir();
    member.manager_log = cluster.config().manager_log();
  }
  auto it = std::find_if(config->servers.begin(), config->servers.end(), [&](const auto& member) {
    return member.hostname == before.hostname && member.ip == before.ip && member.port == before.port;
  });
  if (it == config->servers.end()) {
    co_return fail(Errc::not_found, config->path + " has changed: the dead primary " + before.host_info() +
                                        " is not in it any more, so nothing is failed over");
  }
  const ServerId id = it->id;
  if (!same) cluster.log().info("Reading the changed configuration from " + config->path + "..");
  for (const auto& warning : config->warnings) cluster.log().warning(warning.text());
  opened.files = std::move(now);
  cluster.take_config(std::move(*config));
  co_return id;
}

}  // namespace tanist::compat

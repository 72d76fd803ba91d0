#include "compat/open_cluster.h"

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
  auto config = co_await config::load_cluster(outside.config, std::move(request));
  if (!config) {
    outside.err(config.error().text() + "\n");
    co_return tl::unexpected(config.error().number > 0 ? config.error().number : 1);
  }
  co_return LoadedCluster{std::move(line.options), std::move(*config)};
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
  co_return OpenedCluster{std::move(loaded->options), std::move(*cluster)};
}

}  // namespace tanist::compat

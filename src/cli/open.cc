#include "cli/open.h"

namespace tanist::cli {

sys::Task<tl::expected<Opened, int>> open(CommandTable table, std::vector<std::string> args,
                                          manager::Outside& outside, bool with_journal) {
  table.unknown_options = Unknown::error;
  table.extra_words = Unknown::collect;
  CommandLine line = read_command_line(table, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) co_return tl::unexpected(*line.exit_code == 0 ? 0 : 2);
  if (line.options.words().size() != 1) {
    outside.err(std::string(table.name) + ": exactly one configuration file is needed.\n" + help_text(table));
    co_return tl::unexpected(2);
  }
  config::LoadRequest request{line.options.words().front(), line.options.text("global_conf")};
  auto config = co_await config::load_cluster(outside.config, std::move(request));
  if (!config) {
    outside.err(config.error().text() + "\n");
    co_return tl::unexpected(1);
  }
  auto cluster = manager::Cluster::open(outside, std::move(*config), "", with_journal);
  if (!cluster) {
    outside.err(cluster.error().what + "\n");
    co_return tl::unexpected(1);
  }
  co_return Opened{std::move(line.options), std::move(*cluster)};
}

}  // namespace tanist::cli

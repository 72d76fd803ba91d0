#include "cli/open.h"

#include "cli/verb.h"

namespace tanist::cli {

sys::Task<tl::expected<Opened, int>> open(CommandTable table, std::vector<std::string> args,
                                          manager::Outside& outside, bool with_journal) {
  auto options = begin(table, args, {1, 1, "exactly one configuration file is needed."}, outside);
  if (!options) co_return tl::unexpected(options.error());
  auto opened = co_await open_file(std::move(*options), outside, with_journal);
  co_return std::move(opened);
}

sys::Task<tl::expected<Opened, int>> open_file(Options options, manager::Outside& outside, bool with_journal) {
  config::LoadRequest request{options.words().front(), options.text("global_conf")};
  auto config = co_await config::load_cluster(outside.config, std::move(request));
  if (!config) co_return tl::unexpected(failed(outside, config.error().text()));
  auto cluster = manager::Cluster::open(outside, std::move(*config), "", with_journal);
  if (!cluster) co_return tl::unexpected(failed(outside, cluster.error().what));
  co_return Opened{std::move(options), std::move(*cluster)};
}

}  // namespace tanist::cli

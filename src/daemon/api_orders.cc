// What is ordered of a cluster, and what it would mean.
#include "daemon/api.h"
#include "daemon/api_answers.h"
#include "daemon/orders.h"
#include "daemon/result_json.h"
#include "manager/recovery_options.h"

namespace tanist::daemon {

sys::Task<http::Response> Api::switch_over(Request request) {
  Keeper* keeper = fleet_.keeper(request.path_words["name"]);
  if (!keeper) co_return no_cluster(request.path_words["name"]);
  auto options = switch_order(request.body);
  if (!options) co_return not_done(options.error());
  auto policy = manager::switch_policy(*options);
  if (!policy) co_return not_done(policy.error());
  auto done = co_await keeper->switch_over(std::move(*policy), options->flag("dry_run"));
  if (!done) co_return not_done(done.error());
  co_return http::Response{.body = json_of(*done)};
}

sys::Task<http::Response> Api::fail_over(Request request) {
  Keeper* keeper = fleet_.keeper(request.path_words["name"]);
  if (!keeper) co_return no_cluster(request.path_words["name"]);
  auto options = failover_order(request.body);
  if (!options) co_return not_done(options.error());
  auto done = co_await keeper->fail_over(std::move(*options));
  if (!done) co_return not_done(done.error());
  co_return http::Response{.body = json_of(*done)};
}

sys::Task<http::Response> Api::forecast(Request request) {
  Keeper* keeper = fleet_.keeper(request.path_words["name"]);
  if (!keeper) co_return no_cluster(request.path_words["name"]);
  manager::Supposed supposed;
  if (request.query.contains("if_dies")) supposed.dies = word(request, "if_dies");
  if (request.query.contains("new_primary")) supposed.new_primary = word(request, "new_primary");
  auto made = co_await keeper->forecast(std::move(supposed));
  if (!made) co_return not_done(made.error());
  co_return http::Response{.body = manager::json(*made)};
}

}  // namespace tanist::daemon

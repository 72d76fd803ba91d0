// `tanist plan`: what would be done if a server died now, by `tanist run` or by a look of its own.
#include "cli/commands.h"
#include "cli/kept.h"
#include "cli/open.h"
#include "cli/verb.h"
#include "http/target.h"
#include "manager/forecast.h"

namespace tanist::cli {

namespace {

sys::Task<int> by_daemon(World& world, const Options& options, std::string cluster) {
  std::string target = of_cluster(cluster, "/plan"), mark = "?";
  for (const char* name : {"if_dies", "new_primary"}) {
    if (options.given(name)) target += std::exchange(mark, "&") + name + "=" + http::escape(options.text(name));
  }
  Question question{"GET", std::move(target)};
  auto answer = co_await asked(world, options, std::move(question));
  if (!answer) co_return 1;
  world.outside.out(options.flag("json") ? *answer : member(*answer, "text"));
  co_return member(*answer, "refused").empty() ? 0 : 1;
}

sys::Task<int> alone(Options given, manager::Outside& outside) {
  manager::Supposed supposed;
  if (given.given("if_dies")) supposed.dies = given.text("if_dies");
  if (given.given("new_primary")) supposed.new_primary = given.text("new_primary");
  const bool as_json = given.flag("json");
  auto opened = co_await open_file(std::move(given), outside, false);
  if (!opened) co_return opened.error();
  auto made = co_await manager::forecast(*opened->cluster, std::move(supposed));
  if (!made) co_return failed(outside, made.error().what);
  outside.out(as_json ? manager::json(*made) : manager::text(*made));
  co_return manager::is_refused(*made) ? 1 : 0;
}

}  // namespace

sys::Task<int> plan(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {
      kGlobal, kStateDir, kJson,
      {"if_dies|if-dies", OptionKind::text, "", "HOST", "suppose that this server dies, and not the primary"},
      {"new_primary", OptionKind::text, "", "HOST", "plan with this one as the new primary"}};
  static constexpr std::string_view kExamples[] = {"tanist plan app1", "tanist plan /etc/masterha/app1.cnf --if-dies=db3"};
  const CommandTable table{.name = "tanist plan",
                           .usage = "CLUSTER|FILE [options]",
                           .summary = "Shows what would be done if the primary died now. Changes nothing.",
                           .rows = kRows,
                           .examples = kExamples};
  auto options = begin(table, args, {1, 1, "exactly one cluster or configuration file is needed."}, world.outside);
  if (!options) co_return options.error();
  std::string word = options->words().front();
  auto cluster = co_await kept_cluster(world, *options, std::move(word));
  if (!cluster) co_return failed(world.outside, cluster.error().what);
  if (*cluster) {
    const int code = co_await by_daemon(world, *options, **cluster);
    co_return code;
  }
  const int code = co_await alone(std::move(*options), world.outside);
  co_return code;
}

}  // namespace tanist::cli

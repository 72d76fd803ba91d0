// The verbs that speak to a running `tanist run` through the socket in its state directory: status, pause, resume.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/kept.h"
#include "cli/verb.h"
#include "config/server_name.h"
#include "http/target.h"

namespace tanist::cli {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr Duration kWatchEvery = 2s;
constexpr OptionRow kServer{"server", OptionKind::text, "", "HOST[:PORT]", "this server of it alone"};

std::string table_of(const json::array& clusters) {
  std::string text = fmt::format("{:20} {:11} {:32} {}\n", "cluster", "state", "primary", "");
  for (const json::value& one : clusters) {
    const std::string sentence = text_of(one.at("sentence"));
    text += fmt::format("{:20} {:11} {:32} {}{}\n", text_of(one.at("name")), text_of(one.at("state")), text_of(one.at("primary_address")),
                        one.at("paused").is_null() ? "" : "PAUSED ", sentence.substr(0, sentence.find('\n')));
  }
  return text;
}

bool all_watched(const json::value& value) {
  if (value.is_object()) return text_of(value.at("state")) == "watching" && value.at("problems").as_array().empty();
  for (const json::value& one : value.as_array())
    if (text_of(one.at("state")) != "watching") return false;
  return true;
}

sys::Task<std::optional<int>> show(World& world, const Options& options) {
  const bool one = !options.words().empty(), as_json = options.flag("json");
  const std::string target = one ? of_cluster(options.words().front()) : "/v1/clusters";
  Question look{"GET", target}, drawing{"GET", target + "?as=text"};
  auto body = co_await asked(world, options, std::move(look));
  if (!body) co_return std::nullopt;
  const json::value value = json::parse(*body);
  std::string text = *body;
  if (!as_json && !one) text = table_of(value.as_array());
  if (!as_json && one) {
    auto drawn = co_await asked(world, options, std::move(drawing));
    if (!drawn) co_return std::nullopt;
    text = *drawn;
  }
  if (options.flag("watch") && !as_json) world.outside.out("\x1b[H\x1b[2J");
  world.outside.out(text);
  co_return all_watched(value) ? 0 : 1;
}

// What is paused or resumed: a cluster, or one of its servers.
std::string target_of(const Options& options, const char* verb) {
  const std::string& cluster = options.words().front();
  if (!options.given("server")) return of_cluster(cluster, std::string("/") + verb);
  return of_cluster(cluster, fmt::format("/servers/{}/{}", http::escape(options.text("server")), verb));
}

std::string what_of(const Options& options) {
  const std::string& cluster = options.words().front();
  return options.given("server") ? options.text("server") + " of " + cluster : cluster;
}

// When the pause of what was named ends; empty: when it is taken back.
std::string end_of_pause(const json::object& cluster, const Options& options) {
  const auto host = config::server_name(options.given("server") ? options.text("server") : "x");
  const json::value* pause = &cluster.at("paused");
  for (const json::value& one : cluster.at("paused_servers").as_array())
    if (options.given("server") && host && text_of(one.at("host")) == host->host) pause = &one;
  return pause->is_object() ? text_of(pause->at("until")) : "";
}

}  // namespace

sys::Task<int> status_of_daemon(Options options, World& world) {
  for (;;) {
    auto code = co_await show(world, options);
    if (!code) co_return 1;
    if (!options.flag("watch")) co_return *code;
    co_await sys::sleep_for(world.outside.clock, kWatchEvery);
  }
}

sys::Task<int> pause(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {
      kStateDir, kServer,
      {"until|for", OptionKind::text, "", "TIME", "it ends by itself: 30m, 2h or 2026-01-31T12:00:00Z; without, `tanist resume` ends it"},
      {"why", OptionKind::text, "", "TEXT", "for whoever reads it later"}, kJson};
  static constexpr std::string_view kExamples[] = {"tanist pause app1 --for=2h --why='switch maintenance'",
                                                   "tanist pause app1 --server=db3 --why='being rebuilt'"};
  const CommandTable table{.name = "tanist pause",
                           .usage = "CLUSTER [options]",
                           .summary = "Nothing is done to a cluster any more, whatever is found: `tanist run` watches it and says "
                                      "what it would do. A recovery that has begun is finished. With --server: that server is not "
                                      "cared for and not promoted, and not replaced if it is the primary.",
                           .rows = kRows,
                           .examples = kExamples};
  auto options = begin(table, args, {1, 1, "which cluster?"}, world.outside);
  if (!options) co_return options.error();
  json::object body;
  for (const char* name : {"until", "why"})
    if (options->given(name)) body[name] = options->text(name);
  Question question{"POST", target_of(*options, "pause"), json::serialize(body)};
  auto done = co_await asked(world, *options, std::move(question));
  if (!done) co_return 1;
  const std::string until = end_of_pause(json::parse(*done).as_object(), *options);
  const std::string server = options->given("server") ? " --server=" + options->text("server") : "";
  const std::string end = until.empty() ? "`tanist resume " + options->words().front() + server + "`" : until;
  world.outside.out(options->flag("json") ? *done : fmt::format("{} is paused until {}.\n", what_of(*options), end));
  co_return 0;
}

sys::Task<int> resume(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {kStateDir, kServer, kJson};
  static constexpr std::string_view kExamples[] = {"tanist resume app1", "tanist resume app1 --server=db3"};
  const CommandTable table{.name = "tanist resume",
                           .usage = "CLUSTER [options]",
                           .summary = "Ends a pause: what has to be done for the cluster, or for that server, is done again.",
                           .rows = kRows,
                           .examples = kExamples};
  auto options = begin(table, args, {1, 1, "which cluster?"}, world.outside);
  if (!options) co_return options.error();
  Question question{"POST", target_of(*options, "resume")};
  auto done = co_await asked(world, *options, std::move(question));
  if (!done) co_return 1;
  world.outside.out(options->flag("json") ? *done : what_of(*options) + " is not paused.\n");
  co_return 0;
}

}  // namespace tanist::cli

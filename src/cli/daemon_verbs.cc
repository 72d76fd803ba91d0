// The verbs that speak to a running `tanist run` through the socket in its state directory: status, pause, resume.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/options.h"
#include "cli/commands.h"
#include "daemon/run.h"
#include "http/target.h"

namespace tanist::cli {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr Duration kAnswerLimit = 10s, kWatchEvery = 2s;
constexpr OptionRow kStateDir{"state_dir", OptionKind::text, "/var/lib/tanist", "DIR", "the state directory of `tanist run`"};

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string().data(), value.as_string().size()) : "";
}

// Its answer, or nothing when that was no success: then it was said why.
sys::Task<std::optional<std::string>> asked(World& world, const Options& options, std::string method, std::string target, std::string body) {
  const std::string socket = options.text("state_dir") + "/" + daemon::kSocketFile;
  auto answer = co_await world.ask(socket, std::move(method), std::move(target), std::move(body), world.outside.clock.now() + kAnswerLimit);
  if (answer && answer->status == 200) co_return std::move(answer->body);
  boost::system::error_code error;
  if (!answer) {
    world.outside.err(answer.error().what + (answer.error().code == Errc::not_found ? ": is `tanist run` running? " : "") + "\n");
  } else {
    const json::value said = json::parse(answer->body, error);
    const bool sentence = !error && said.is_object() && said.as_object().contains("error");
    world.outside.err((sentence ? text_of(said.at("error")) : answer->body) + "\n");
  }
  co_return std::nullopt;
}

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
  std::string target = "/v1/clusters";
  if (one) target.append("/").append(http::escape(options.words().front()));
  auto body = co_await asked(world, options, "GET", target, "");
  if (!body) co_return std::nullopt;
  const json::value value = json::parse(*body);
  std::string text = *body;
  if (!as_json && !one) text = table_of(value.as_array());
  if (!as_json && one) {
    auto drawn = co_await asked(world, options, "GET", target + "?as=text", "");
    if (!drawn) co_return std::nullopt;
    text = *drawn;
  }
  if (options.flag("watch") && !as_json) world.outside.out("\x1b[H\x1b[2J");
  world.outside.out(text);
  co_return all_watched(value) ? 0 : 1;
}

// Options of a verb with the one word CLUSTER; else the exit code.
tl::expected<Options, int> cluster_line(const CommandTable& table, const std::vector<std::string>& args, manager::Outside& outside) {
  CommandLine line = read_command_line(table, args);
  outside.out(line.out);
  outside.err(line.err);
  if (line.exit_code) return tl::unexpected(*line.exit_code == 0 ? 0 : 2);
  if (line.options.words().size() == 1) return std::move(line.options);
  outside.err(fmt::format("{}: which cluster?\n{}", table.name, help_text(table)));
  return tl::unexpected(2);
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
      kStateDir,
      {"until", OptionKind::text, "", "TIME", "it ends by itself: 30m, 2h or 2026-01-31T12:00:00Z; without, `tanist resume` ends it"},
      {"why", OptionKind::text, "", "TEXT", "for whoever reads it later"}};
  static constexpr std::string_view kExamples[] = {"tanist pause app1 --until=2h --why='switch maintenance'"};
  const CommandTable table{.name = "tanist pause",
                           .usage = "CLUSTER [options]",
                           .summary = "Nothing is done to a cluster any more, whatever is found: `tanist run` watches it and says "
                                      "what it would do. A recovery that has begun is finished.",
                           .rows = kRows,
                           .examples = kExamples,
                           .unknown_options = Unknown::error,
                           .extra_words = Unknown::collect};
  auto options = cluster_line(table, args, world.outside);
  if (!options) co_return options.error();
  const std::string cluster = options->words().front();
  json::object body;
  for (const char* name : {"until", "why"})
    if (options->given(name)) body[name] = options->text(name);
  std::string text = json::serialize(body), target = "/v1/clusters/" + http::escape(cluster) + "/pause";
  auto done = co_await asked(world, *options, "POST", std::move(target), std::move(text));
  if (!done) co_return 1;
  const std::string until = text_of(json::parse(*done).at("paused").at("until"));
  world.outside.out(fmt::format("{} is paused {}.\n", cluster, until.empty() ? "until `tanist resume " + cluster + "`" : "until " + until));
  co_return 0;
}

sys::Task<int> resume(std::vector<std::string> args, World& world) {
  static constexpr OptionRow kRows[] = {kStateDir};
  static constexpr std::string_view kExamples[] = {"tanist resume app1"};
  const CommandTable table{.name = "tanist resume",
                           .usage = "CLUSTER [options]",
                           .summary = "Ends a pause: what has to be done for the cluster is done again.",
                           .rows = kRows,
                           .examples = kExamples,
                           .unknown_options = Unknown::error,
                           .extra_words = Unknown::collect};
  auto options = cluster_line(table, args, world.outside);
  if (!options) co_return options.error();
  const std::string cluster = options->words().front();
  std::string target = "/v1/clusters/" + http::escape(cluster) + "/resume";
  auto done = co_await asked(world, *options, "POST", std::move(target), "");
  if (!done) co_return 1;
  world.outside.out(cluster + " is not paused.\n");
  co_return 0;
}

}  // namespace tanist::cli

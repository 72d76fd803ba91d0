#include "cli/kept.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/verb.h"
#include "daemon/run.h"
#include "http/target.h"

namespace tanist::cli {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr Duration kOrderLimit = 2h;  // a replica may have hours to apply; it is `tanist run` that gives up
constexpr Duration kLookEvery = 300ms;
constexpr unsigned kUnknown = 404;

std::string socket_of(const Options& options) { return options.text("state_dir") + "/" + daemon::kSocketFile; }

sys::Task<Result<http::Answer>> answer_to(World& world, const Options& options, Question question) {
  const TimePoint deadline = world.outside.clock.now() + question.limit;
  auto asking = world.ask(socket_of(options), std::move(question.method), std::move(question.target), std::move(question.body), deadline);
  auto answer = co_await std::move(asking);
  if (!answer && answer.error().code == Errc::not_found) co_return fail(Errc::not_found, answer.error().what + ": is `tanist run` running?");
  co_return answer;
}

std::string sentence_of(const http::Answer& answer) {
  const std::string sentence = member(answer.body, "error");
  return sentence.empty() ? answer.body : sentence;
}

bool same_file(sys::Files& files, const std::string& one, const std::string& other) {
  auto first = files.facts(one), second = files.facts(other);
  const bool known = first && second && first->identity != std::pair<uint64_t, uint64_t>{};
  return one == other || (known && first->identity == second->identity);
}

// The steps of the newest recovery of a cluster that have ended, from the one behind `shown` on.
std::string new_steps(const std::string& history, const std::string& newer_than, size_t& shown) {
  boost::system::error_code error;
  const json::value all = json::parse(history, error);
  if (error || !all.is_array() || all.as_array().empty()) return "";
  const json::value& newest = all.as_array().front();
  if (std::to_string(newest.at("id").as_int64()) == newer_than) return "";
  const json::array& steps = newest.at("steps").as_array();
  std::string text;
  for (; shown < steps.size() && !steps[shown].at("ended").is_null(); ++shown) {
    const json::value& step = steps[shown];
    const std::string result = text_of(step.at("result"));
    text += fmt::format("{:>3}  {:17} {:12} {}: {}{}\n", step.at("number").as_int64(), text_of(step.at("name")), text_of(step.at("target")),
                        text_of(step.at("detail")), text_of(step.at("outcome")), result.empty() ? "" : ": " + result);
  }
  return text;
}

std::string newest_id(const std::string& history) {
  boost::system::error_code error;
  const json::value all = json::parse(history, error);
  return error || !all.is_array() || all.as_array().empty() ? "" : std::to_string(all.as_array().front().at("id").as_int64());
}

}  // namespace

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string().data(), value.as_string().size()) : "";
}

std::string member(const std::string& body, const char* name) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  const json::value* found = !error && value.is_object() ? value.as_object().if_contains(name) : nullptr;
  return found ? text_of(*found) : "";
}

std::string of_cluster(const std::string& cluster, const std::string& rest) { return "/v1/clusters/" + http::escape(cluster) + rest; }

sys::Task<Result<std::string>> ask(World& world, const Options& options, Question question) {
  auto answer = co_await answer_to(world, options, std::move(question));
  if (!answer) co_return fail(answer.error());
  if (answer->status == 200) co_return std::move(answer->body);
  co_return fail(Errc::refused, sentence_of(*answer));
}

sys::Task<std::optional<std::string>> asked(World& world, const Options& options, Question question) {
  auto answer = co_await ask(world, options, std::move(question));
  if (answer) co_return std::move(*answer);
  failed(world.outside, answer.error().what);
  co_return std::nullopt;
}

sys::Task<Result<std::optional<std::string>>> kept_cluster(World& world, const Options& options, std::string word) {
  const std::string name = is_file(word) ? config::app_name(word) : word;
  Question question{"GET", of_cluster(name)};
  auto answer = co_await answer_to(world, options, std::move(question));
  const bool nobody = answer ? answer->status == kUnknown : answer.error().code == Errc::not_found;
  if (nobody && is_file(word)) co_return std::nullopt;
  if (!answer && nobody) co_return fail(answer.error().code, answer.error().what + " Without it name the cluster's FILE.");
  if (!answer) co_return fail(answer.error());
  if (answer->status != 200) co_return fail(Errc::refused, sentence_of(*answer));
  const bool same = !is_file(word) || same_file(world.outside.files, word, member(answer->body, "file"));
  co_return same ? std::optional(name) : std::nullopt;
}

sys::Task<Result<std::string>> order(World& world, const Options& options, std::string cluster, std::string verb, std::string body) {
  const Question last{"GET", "/v1/history?last=1&cluster=" + http::escape(cluster)};
  Question first = last;
  auto before = co_await ask(world, options, std::move(first));
  if (!before) co_return fail(before.error());
  Result<std::string> result = fail(Errc::internal, "");
  bool over = false;
  auto ordering = [&](Question question) -> sys::Task<void> {
    result = co_await ask(world, options, std::move(question));
    over = true;
  };
  sys::TaskGroup group;
  group.start(ordering({"POST", of_cluster(cluster, "/" + verb), std::move(body), kOrderLimit}));
  size_t shown = 0;
  for (bool last_look = false; !last_look;) {
    last_look = over;
    if (!over) co_await sys::sleep_for(world.outside.clock, kLookEvery);
    Question again = last;
    auto history = co_await ask(world, options, std::move(again));
    if (history) world.outside.err(new_steps(*history, newest_id(*before), shown));
  }
  co_await group.wait();
  co_return result;
}

}  // namespace tanist::cli

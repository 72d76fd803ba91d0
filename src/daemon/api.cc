#include "daemon/api.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.h"
#include "config/server_name.h"
#include "daemon/api_answers.h"
#include "daemon/cluster_json.h"
#include "daemon/effective.h"
#include "daemon/health.h"
#include "manager/recovery_options.h"

namespace tanist::daemon {

namespace json = boost::json;
using http::error_response;

namespace {

constexpr size_t kMostRecords = 1000;
constexpr size_t kMostCounted = 1'000'000;

http::Response ok(const json::value& body) { return {.body = json::serialize(body) + "\n"}; }

http::Response failed(const Error& error) { return error_response(500, error.what); }
// How many are asked for; nothing: that was no number.
std::optional<size_t> last(const http::Request& request) {
  const std::string text = word(request, "last");
  if (text.empty()) return 100;
  auto number = parse_uint(text);
  return number && *number >= 1 && *number <= kMostRecords ? std::optional<size_t>(*number) : std::nullopt;
}
http::Response wrong_last() { return error_response(400, fmt::format("last must be a number from 1 to {}", kMostRecords)); }

// {"until": ..., "why": ...}, both optional; no body at all is neither.
Result<store::Mark> mark_of(const std::string& body, bool with_until, WallTime now) {
  store::Mark mark{now, std::nullopt, ""};
  if (trim(body).empty()) return mark;
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) return fail(Errc::invalid, "the body must be a JSON object");
  for (const auto& [key, member] : value.as_object()) {
    const std::string name(key.data(), key.size());
    if (name != "why" && !(name == "until" && with_until)) return fail(Errc::invalid, "the body may not have " + name);
    if (!member.is_string()) return fail(Errc::invalid, name + " must be a string");
    const std::string text(member.as_string().data(), member.as_string().size());
    if (name == "why") mark.why = text;
    if (name == "until") mark.until = parse_until(text, now);
    if (name == "until" && !mark.until)
      return fail(Errc::invalid, "until must be a time to come such as 30m, 2h or 2026-01-31T12:00:00Z");
  }
  return mark;
}

Result<RejoinWord> rejoin_word(const std::string& body) {
  if (trim(body).empty()) return RejoinWord::rejoin;
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* discard = object ? object->if_contains("discard_extra") : nullptr;
  if (!object || object->size() != (discard ? 1 : 0) || (discard && !discard->is_bool()))
    return fail(Errc::invalid, "the body must be {\"discard_extra\": true or false}, or nothing");
  return discard && discard->as_bool() ? RejoinWord::discard_extra : RejoinWord::rejoin;
}

http::Response answer_of(const Result<std::string>& done) {
  if (done) return ok(json::object{{"sentence", *done}});
  return not_done(done.error());
}

std::string pause_line(const std::string& what, const store::Mark& pause) {
  return fmt::format("{}PAUSED since {}{}{}\n", what, utc(pause.at), pause.until ? " until " + utc(*pause.until) : "",
                     pause.why.empty() ? "" : ": " + pause.why);
}

std::string event_text(const Happenings::Numbered& one) {
  const Happening& what = one.happening;
  const json::object data{{"cluster", what.cluster}, {"at", utc(what.at)}, {what.kind, what.name}, {"sentence", what.sentence}};
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", one.number, what.kind, json::serialize(data));
}

// The name of a mark: of the cluster, or of the server that the path names.
Result<std::string> mark_name(const Keeper& keeper, http::Request& request, const char* name) {
  if (!request.path_words.contains("server")) return name;
  auto server = manager::named_server(keeper.file(), request.path_words["server"]);
  if (!server) return fail(server.error());
  return store::paused_server(address_of(*keeper.file().find(*server)));
}

}  // namespace

Api::Api(Fleet& fleet, store::Journal& journal, store::Memory& memory, sys::Clock& clock)
    : fleet_(fleet), journal_(journal), memory_(memory), clock_(clock), routes_(api_routes()) {
  const std::map<std::string, http::Handler> handlers = {
      {"/v1/clusters", [this](Request r) { return clusters(std::move(r)); }},
      {"/v1/clusters/{name}", [this](Request r) { return cluster(std::move(r)); }},
      {"/v1/history", [this](Request r) { return history(std::move(r)); }},
      {"/v1/history/{id}", [this](Request r) { return recovery(std::move(r)); }},
      {"/v1/findings", [this](Request r) { return findings(std::move(r)); }},
      {"/v1/clusters/{name}/ack", [this](Request r) { return mark(std::move(r), store::kAcknowledged); }},
      {"/v1/clusters/{name}/pause", [this](Request r) { return mark(std::move(r), store::kPaused); }},
      {"/v1/clusters/{name}/resume", [this](Request r) { return resume(std::move(r)); }},
      {"/v1/clusters/{name}/servers/{server}/pause", [this](Request r) { return mark(std::move(r), store::kPaused); }},
      {"/v1/clusters/{name}/servers/{server}/resume", [this](Request r) { return resume(std::move(r)); }},
      {"/v1/clusters/{name}/servers/{server}/rejoin", [this](Request r) { return rejoin(std::move(r)); }},
      {"/v1/clusters/{name}/switchover", [this](Request r) { return switch_over(std::move(r)); }},
      {"/v1/clusters/{name}/failover", [this](Request r) { return fail_over(std::move(r)); }},
      {"/v1/clusters/{name}/plan", [this](Request r) { return forecast(std::move(r)); }},
      {"/v1/events", [this](Request r) { return events(std::move(r)); }},
      {"/metrics", [this](Request r) { return metrics(std::move(r)); }},
      {"/v1/clusters/{name}/servers/{server}/primary", [this](Request r) { return health(std::move(r), true); }},
      {"/v1/clusters/{name}/servers/{server}/replica", [this](Request r) { return health(std::move(r), false); }},
  };
  for (http::Route& route : routes_) route.handler = handlers.at(route.pattern);
}

sys::Task<http::Response> Api::handle(Request request) { return http::answer(routes_, std::move(request)); }

sys::Task<http::Response> Api::clusters(Request) {
  json::array all;
  for (const Keeper* keeper : fleet_.keepers()) all.push_back(short_json_of(keeper->view()));
  co_return ok(all);
}

sys::Task<http::Response> Api::cluster(Request request) {
  const Keeper* keeper = fleet_.keeper(request.path_words["name"]);
  if (!keeper) co_return no_cluster(request.path_words["name"]);
  const KeeperView& view = keeper->view();
  const std::string as = word(request, "as");
  if (as.empty() || as == "json") co_return ok(json_of(view, clock_.now()));
  if (as != "text") co_return error_response(400, "as is json or text");
  std::string text = fmt::format("{}: {} since {}{}\n", view.cluster, to_string(view.state), utc(view.since),
                                 view.sentence.empty() ? "" : ": " + view.sentence);
  if (view.paused) text += pause_line("", *view.paused);
  for (const PausedServer& one : view.paused_servers) text += pause_line(fmt::format("{}:{} ", one.server.host, one.server.port), one.mark);
  if (view.last_look) text += topology::picture(*view.last_look);
  for (const std::string& problem : view.last_look ? view.last_look->problems : std::vector<std::string>{})
    text += "problem: " + problem + "\n";
  for (const Alarm& alarm : view.alarms)
    text += fmt::format("alarm {} since {}: {}\n", alarm.rule, utc(alarm.since), alarm.sentence);
  co_return Response{.body = text, .type = "text/plain; charset=utf-8"};
}

sys::Task<http::Response> Api::history(Request request) {
  const auto most = last(request);
  if (!most) co_return wrong_last();
  auto records = journal_.history({.cluster = word(request, "cluster"), .at_most = *most});
  if (!records) co_return failed(records.error());
  json::array all;
  for (const store::RecoveryRecord& record : *records) all.push_back(json_of(record));
  co_return ok(all);
}

sys::Task<http::Response> Api::recovery(Request request) {
  const std::string& text = request.path_words["id"];
  const auto number = parse_uint(text);
  auto records = journal_.history({.id = store::RecoveryId{static_cast<int64_t>(number.value_or(0))}});
  if (!records) co_return failed(records.error());
  if (records->empty()) co_return error_response(404, "there is no recovery " + text);
  co_return ok(json_of(records->front()));
}

sys::Task<http::Response> Api::findings(Request request) {
  const std::string cluster = word(request, "cluster");
  const auto most = last(request);
  if (!most) co_return wrong_last();
  if (cluster.empty()) co_return error_response(400, "of which cluster? cluster=NAME");
  if (!fleet_.keeper(cluster)) co_return no_cluster(cluster);
  auto found = memory_.findings(cluster, *most);
  if (!found) co_return failed(found.error());
  json::array all;
  for (const store::FindingRecord& one : *found) all.push_back(json_of(one));
  co_return ok(all);
}

sys::Task<http::Response> Api::mark(Request request, const char* kind) {
  const std::string& cluster = request.path_words["name"];
  Keeper* keeper = fleet_.keeper(cluster);
  if (!keeper) co_return no_cluster(cluster);
  auto name = mark_name(*keeper, request, kind);
  if (!name) co_return not_done(name.error());
  auto made = mark_of(request.body, kind == store::kPaused, clock_.wall_now());
  if (!made) co_return error_response(400, made.error().what);
  Status done = memory_.set_mark(cluster, *name, *made);
  if (!done) co_return failed(done.error());
  keeper->marks_changed();
  co_return ok(short_json_of(keeper->view()));
}

sys::Task<http::Response> Api::resume(Request request) {
  const std::string& cluster = request.path_words["name"];
  Keeper* keeper = fleet_.keeper(cluster);
  if (!keeper) co_return no_cluster(cluster);
  auto name = mark_name(*keeper, request, store::kPaused);
  if (!name) co_return not_done(name.error());
  Status done = memory_.clear_mark(cluster, *name);
  if (!done) co_return failed(done.error());
  keeper->marks_changed();
  co_return ok(short_json_of(keeper->view()));
}

sys::Task<http::Response> Api::rejoin(Request request) {
  const std::string& cluster = request.path_words["name"];
  Keeper* keeper = fleet_.keeper(cluster);
  if (!keeper) co_return no_cluster(cluster);
  const auto server = config::server_name(request.path_words["server"]);
  if (!server) co_return error_response(400, "a server is HOST or HOST:PORT");
  auto word = rejoin_word(request.body);
  if (!word) co_return error_response(400, word.error().what);
  auto done = co_await keeper->rejoin(server->host, server->port, *word);
  co_return answer_of(done);
}

sys::Task<http::Response> Api::events(Request request) {
  auto said = request.headers.find("last-event-id");
  const auto from = said == request.headers.end() ? std::nullopt : parse_uint(said->second);
  auto number = std::make_shared<uint64_t>(from.value_or(fleet_.happenings().last()));
  const std::string cluster = word(request, "cluster");
  Response response{.type = "text/event-stream"};
  response.events = [this, number, cluster](TimePoint deadline) -> sys::Task<std::optional<std::string>> {
    auto news = co_await fleet_.happenings().after(*number, deadline);
    std::string text;
    for (const auto& one : news) {
      *number = one.number;
      if (cluster.empty() || one.happening.cluster == cluster) text += event_text(one);
    }
    co_return text.empty() ? std::nullopt : std::optional(text);
  };
  co_return response;
}

// The journal is read only when a recovery has ended since: a scrape must cost the deciding thread nothing.
sys::Task<http::Response> Api::metrics(Request) {
  if (counted_ == 0 || fleet_.happenings().last() >= counted_) {
    auto records = journal_.history({.at_most = kMostCounted, .with_steps = false});
    if (!records) co_return failed(records.error());
    counts_ = count(*records);
    counted_ = fleet_.happenings().last() + 1;
  }
  co_return Response{.body = metrics_text(fleet_.keepers(), counts_, clock_.now()), .type = "text/plain; version=0.0.4; charset=utf-8"};
}

sys::Task<http::Response> Api::health(Request request, bool as_primary) {
  const std::string& cluster = request.path_words["name"];
  const Keeper* keeper = fleet_.keeper(cluster);
  if (!keeper) co_return no_cluster(cluster);
  const auto server = config::server_name(request.path_words["server"]);
  if (!server) co_return error_response(400, "a server is HOST or HOST:PORT");
  const std::string lag_text = word(request, "lag");
  const auto lag = lag_text.empty() ? std::nullopt : parse_duration(lag_text);
  if (!lag_text.empty() && !lag) co_return error_response(400, "lag must be a time such as 5s or 2m");
  const Health found = as_primary ? health_as_primary(keeper->view(), server->host, server->port, clock_.now())
                                  : health_as_replica(keeper->view(), server->host, server->port, lag, clock_.now());
  Response response = ok(json::object{{"good", found.good}, {"why", found.why}});
  response.status = found.good ? 200 : 503;
  co_return response;
}

}  // namespace tanist::daemon

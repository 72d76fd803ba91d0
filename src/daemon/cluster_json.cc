#include "daemon/cluster_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <ctime>

#include "base/text.h"
#include "topology/sources.h"

namespace tanist::daemon {

namespace json = boost::json;
using topology::Member;

namespace {

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }
json::value time_or_null(const std::optional<WallTime>& time) { return time ? json::value(utc(*time)) : json::value(nullptr); }

void add_state(json::object& out, const topology::ServerState& state) {
  out["version"] = state.version.text;
  out["read_only"] = state.read_only;
  out["binlog_end"] = state.log_bin ? state.binlog_end.text() : "";
  out["gtids"] = text_or_null(state.executed_gtids.empty() ? state.mariadb_binlog_pos : state.executed_gtids);
}

void add_replica(json::object& out, const topology::ReplicaStatus& replica, const topology::Snapshot& snapshot) {
  const Member* source = topology::source_of(replica, snapshot.members);
  out["source"] = source ? json::value(source->facts.id.text) : json::value(nullptr);
  out["source_address"] = fmt::format("{}:{}", replica.source_host, replica.source_port);
  out["received"] = replica.received.text();
  out["executed"] = replica.executed.text();
  out["receiver_running"] = replica.receiver == topology::ReceiverState::running;
  out["applier_running"] = replica.applier_running;
  out["seconds_behind"] = replica.seconds_behind ? json::value(*replica.seconds_behind) : json::value(nullptr);
  out["error"] = text_or_null(replica.applier_error.empty() ? replica.receiver_error : replica.applier_error);
}

json::object json_of(const Member& member, const topology::Snapshot& snapshot, TimePoint now) {
  json::object out{{"id", member.facts.id.text},
                   {"host", member.facts.hostname},
                   {"address", member.facts.ip},
                   {"port", member.facts.port},
                   {"role", std::string(topology::to_string(member.role))},
                   {"seen_seconds_ago", seconds(now - member.last.at)}};
  if (member.state()) add_state(out, *member.state());
  if (const auto* silence = member.last.no_answer()) {
    out["silence"] = std::string(topology::to_string(silence->silence));
    out["error"] = silence->what;
  }
  if (member.replica()) add_replica(out, *member.replica(), snapshot);
  return out;
}

json::object json_of(const store::Mark& mark) {
  return {{"at", utc(mark.at)}, {"until", time_or_null(mark.until)}, {"why", mark.why}};
}

std::string outcome_of(const store::RecoveryRecord& one) { return one.outcome ? std::string(to_string(*one.outcome)) : "unfinished"; }
std::string outcome_of(const store::StepRecord& one) { return one.outcome ? std::string(to_string(*one.outcome)) : "unfinished"; }

}  // namespace

json::object json_of(const topology::Snapshot& snapshot, TimePoint now) {
  json::array servers;
  for (const Member& member : snapshot.members) servers.push_back(json_of(member, snapshot, now));
  json::array strangers;
  for (const topology::Stranger& one : snapshot.strangers)
    strangers.push_back(json::object{{"server_id", one.server_id}, {"hosts", json::value_from(one.hosts)}, {"port", one.port}});
  return {{"primary", snapshot.primary ? json::value(snapshot.primary->text) : json::value(nullptr)},
          {"servers", std::move(servers)},
          {"strangers", std::move(strangers)},
          {"problems", json::value_from(snapshot.problems)}};
}

json::object short_json_of(const KeeperView& view) {
  json::object out{{"name", view.cluster},
                   {"file", view.path},
                   {"state", std::string(to_string(view.state))},
                   {"since", utc(view.since)},
                   {"primary_address", text_or_null(view.primary)},
                   {"sentence", view.sentence},
                   {"paused", nullptr}};
  if (view.paused) out["paused"] = json_of(*view.paused);
  json::array& servers = (out["paused_servers"] = json::array()).as_array();
  for (const PausedServer& one : view.paused_servers) {
    json::object pause = json_of(one.mark);
    pause["host"] = one.server.host;
    pause["port"] = one.server.port;
    servers.push_back(std::move(pause));
  }
  return out;
}

json::object json_of(const Alarm& alarm) {
  return {{"rule", alarm.rule},
          {"about", text_or_null(alarm.about)},
          {"since", utc(alarm.since)},
          {"sentence", alarm.sentence},
          {"evidence", json::value_from(alarm.evidence)}};
}

json::object json_of(const KeeperView& view, TimePoint now) {
  json::object out = short_json_of(view);
  json::array& alarms = (out["alarms"] = json::array()).as_array();
  for (const Alarm& alarm : view.alarms) alarms.push_back(json_of(alarm));
  const topology::Snapshot look = view.last_look.value_or(topology::Snapshot{});
  for (auto& [key, value] : json_of(look, now)) out[key] = value;
  out["looked_seconds_ago"] = view.last_look ? json::value(seconds(now - look.taken)) : json::value(nullptr);
  return out;
}

json::object json_of(const store::RecoveryRecord& record) {
  json::array steps;
  for (const store::StepRecord& step : record.steps) {
    steps.push_back(json::object{{"number", step.intent.number},
                                 {"name", step.intent.name},
                                 {"target", step.intent.target},
                                 {"detail", step.intent.detail},
                                 {"began", utc(step.began)},
                                 {"ended", time_or_null(step.ended)},
                                 {"outcome", outcome_of(step)},
                                 {"result", step.result}});
  }
  return {{"id", record.id.number},     {"cluster", record.cluster},
          {"kind", record.kind},        {"began", utc(record.began)},
          {"finished", time_or_null(record.finished)}, {"outcome", outcome_of(record)},
          {"result", record.result},    {"plan", record.plan},
          {"steps", std::move(steps)}};
}

json::object json_of(const store::FindingRecord& finding) {
  return {{"cluster", finding.cluster}, {"at", utc(finding.at)},           {"rule", finding.rule},
          {"kind", finding.kind},       {"sentence", finding.sentence},    {"evidence", json::value_from(finding.evidence)}};
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr int64_t kLongest = int64_t{3650} * 86'400'000;  // ten years
  constexpr std::pair<std::string_view, int64_t> kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  for (auto [unit, milliseconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = parse_uint(text.substr(0, text.size() - unit.size()));
    if (number && *number <= static_cast<uint64_t>(kLongest / milliseconds)) return std::chrono::milliseconds(static_cast<int64_t>(*number) * milliseconds);
  }
  return std::nullopt;
}

std::optional<WallTime> parse_until(std::string_view text, WallTime now) {
  if (auto duration = parse_duration(text)) return now + std::chrono::duration_cast<std::chrono::microseconds>(*duration);
  std::tm parts{};
  const char* rest = ::strptime(std::string(text).c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  const std::time_t whole = ::timegm(&parts);
  if (!rest || text.size() != 20) return std::nullopt;
  const WallTime found{std::chrono::seconds(whole)};
  return found > now ? std::optional(found) : std::nullopt;
}

}  // namespace tanist::daemon

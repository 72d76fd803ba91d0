#include "daemon/result_json.h"

#include <boost/json.hpp>

namespace tanist::daemon {

namespace json = boost::json;

namespace {

json::object begin(int exit_code, const std::string& why, const std::optional<ServerId>& new_primary) {
  json::object out{{"exit_code", exit_code}, {"why", why}};
  if (new_primary) out["new_primary"] = new_primary->text;
  return out;
}

}  // namespace

std::string text_of(const execute::SwitchResult& result) {
  if (!result.decision) return "";
  if (const auto* refusal = std::get_if<plan::Refusal>(&*result.decision)) return plan::text(*refusal) + "\n";
  return plan::text(std::get<plan::SwitchPlan>(*result.decision), *result.snapshot);
}

std::string json_of(const execute::SwitchResult& result) {
  json::object out = begin(result.exit_code, result.why, result.new_primary);
  if (result.new_primary) out["writes_blocked_ms"] = result.writes_blocked.count();
  if (result.decision) {
    const auto* refusal = std::get_if<plan::Refusal>(&*result.decision);
    const std::string decision = refusal ? plan::json(*refusal) : plan::json(std::get<plan::SwitchPlan>(*result.decision));
    out[refusal ? "refusal" : "plan"] = json::parse(decision);
    out["text"] = text_of(result);
  }
  return json::serialize(out) + "\n";
}

std::string json_of(const execute::FailoverResult& result) {
  json::object out = begin(result.exit_code, result.why, result.new_primary);
  if (!result.subject.empty()) out["subject"] = result.subject;
  if (!result.body.empty()) out["report"] = result.body;
  out["recovered"] = json::value_from(result.recovered);
  return json::serialize(out) + "\n";
}

}  // namespace tanist::daemon

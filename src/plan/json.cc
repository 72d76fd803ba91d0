#include <boost/json.hpp>

#include "plan/switchover.h"

namespace tanist::plan {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array ids(const std::vector<ServerId>& servers) {
  array list;
  for (const ServerId& server : servers) list.emplace_back(server.text);
  return list;
}

object step_json(const Step& step) {
  object json{{"number", step.number},
              {"phase", to_string(step.phase)},
              {"kind", to_string(step.kind)},
              {"what", step.what},
              {"irreversible", step.irreversible}};
  if (!step.target.empty()) json["target"] = step.target.text;
  if (step.from != DrainFrom::nothing) json["from"] = to_string(step.from);
  if (!step.source.empty()) json["source"] = step.source.text;
  if (step.until) json["until"] = step.until->text();
  if (step.keep_relay_logs) json["keep_relay_logs"] = true;
  return json;
}

object verdict_json(const CandidateVerdict& verdict) {
  return object{{"server", verdict.server.text},
                {"chosen", verdict.chosen},
                {"eligible", verdict.eligible},
                {"rule", verdict.rule},
                {"reason", verdict.reason}};
}

}  // namespace

std::string json(const Plan& plan) {
  array candidates, steps, warnings;
  for (const CandidateVerdict& verdict : plan.candidates) candidates.push_back(verdict_json(verdict));
  for (const Step& step : plan.steps) steps.push_back(step_json(step));
  for (const std::string& warning : plan.warnings) warnings.emplace_back(warning);
  object json{{"old_primary", plan.old_primary.text}, {"new_primary", plan.new_primary.text},
              {"gtid_mode", plan.gtid_mode},          {"latest_received", plan.latest_received.text()},
              {"latest", ids(plan.latest)},           {"oldest_received", plan.oldest_received.text()},
              {"oldest", ids(plan.oldest)},           {"candidates", std::move(candidates)},
              {"left_behind", ids(plan.left_behind)}, {"steps", std::move(steps)},
              {"warnings", std::move(warnings)}};
  return boost::json::serialize(json);
}

std::string json(const SwitchPlan& plan) {
  array candidates, steps, warnings;
  for (const CandidateVerdict& verdict : plan.candidates) candidates.push_back(verdict_json(verdict));
  for (const Step& step : plan.steps) steps.push_back(step_json(step));
  for (const std::string& warning : plan.warnings) warnings.emplace_back(warning);
  return boost::json::serialize(object{{"old_primary", plan.old_primary.text},
                                       {"new_primary", plan.new_primary.text},
                                       {"gtid_mode", plan.gtid_mode},
                                       {"block", to_string(plan.block)},
                                       {"old_becomes_replica", plan.old_becomes_replica},
                                       {"candidates", std::move(candidates)},
                                       {"left_behind", ids(plan.left_behind)},
                                       {"steps", std::move(steps)},
                                       {"warnings", std::move(warnings)}});
}

std::string json(const Refusal& refusal) {
  object json{{"refused", refusal.rule}, {"what", refusal.what}, {"to_override", refusal.to_override}};
  if (!refusal.details.empty()) json["details"] = boost::json::value_from(refusal.details);
  return boost::json::serialize(json);
}

}  // namespace tanist::plan
